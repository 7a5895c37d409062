//! A module that takes long to compile, written byte by byte: its text would be ten times as long.
//!
//! ```text
//! magic, version · types: one () -> () · functions: all of that type · exports: _start is the first · code
//! ```

/// `local 0 = local 0 + 1`.
const STEP: [u8; 7] = [0x20, 0, 0x41, 1, 0x6a, 0x21, 0];
/// Just below the longest function that a broker compiles.
const STEPS: usize = 149_000;

/// A command of so many functions, each about as long as one may be.
#[must_use]
pub fn slow_to_compile(functions: u8) -> Vec<u8> {
    // One local, an i32; the steps; the end.
    let body = sized([&[1, 1, 0x7f][..], &STEP.repeat(STEPS), &[0x0b]].concat());
    let code: Vec<u8> = std::iter::repeat_n(body, functions.into()).flatten().collect();
    let start = b"\x01\x06_start\x00\x00";
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    for (section, content) in [
        (1, vec![1, 0x60, 0, 0]),
        (3, [leb(functions.into()), vec![0; functions.into()]].concat()),
        (7, start.to_vec()),
        (10, [leb(functions.into()), code].concat()),
    ] {
        module.push(section);
        module.extend(sized(content));
    }
    module
}

/// Bytes after their number.
fn sized(bytes: Vec<u8>) -> Vec<u8> {
    [leb(bytes.len()), bytes].concat()
}

/// A number as WebAssembly writes it, seven bits a byte, the lowest first.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
