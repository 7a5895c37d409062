//! What a Python handler imports of WASI, under the name that gets it past its compiler.
//!
//! componentize-py --stub-wasi puts a trap in the place of everything in the package `wasi`, which leaves a component that
//! imports nothing but the broker's interface: without the interpreter's own needs it is loaded and called at less cost, and
//! asks for no sockets that nobody granted. What a project's own world asks of WASI must stay. It is written there as `host:`
//! and gets its name here, in the imports of the finished component and nowhere else. Both names have the same length, so
//! that nothing moves.

use wasmparser::{Parser, Payload};

/// The package in a project's world.
const WRITTEN: &str = "host:";
/// What is meant.
const MEANT: &str = "wasi:";

/// Gives the imports of a component their names; what is no component is left as it is, for others to judge.
pub(super) fn restore(mut component: Vec<u8>) -> Vec<u8> {
    for place in places(&component).unwrap_or_default() {
        if let Some(name) = component.get_mut(place..place + MEANT.len()) {
            name.copy_from_slice(MEANT.as_bytes());
        }
    }
    component
}

/// Where the names of imports begin that are to be changed.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else has the component's imports")]
fn places(component: &[u8]) -> Result<Vec<usize>, wasmparser::Error> {
    let mut places = Vec::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports.into_iter_with_offsets() {
                    let (offset, import) = import?;
                    if !import.name.name.starts_with(WRITTEN) {
                        continue;
                    }
                    // Before the name stand its kind and its length.
                    let rest = component.get(offset..).unwrap_or_default();
                    let name = import.name.name.as_bytes();
                    let found = rest.windows(name.len()).position(|bytes| bytes == name);
                    places.extend(found.map(|found| offset + found));
                }
            }
            _ => {}
        }
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_imports_of_the_component_are_renamed() {
        let text = |package: &str| {
            format!(
                r#"(component
                    (import "{package}:filesystem/preopens@0.2.0" (instance))
                    (import "philae:handler/log@1.0.0" (instance))
                    (core module (import "host:filesystem/preopens@0.2.0" "f" (func)) (memory 1) (data "host:"))
                    (component (import "host:inner/face@0.2.0" (instance))))"#
            )
        };
        let built = wat::parse_str(text("host")).unwrap();
        assert_eq!(restore(built.clone()).len(), built.len());
        assert_eq!(restore(built), wat::parse_str(text("wasi")).unwrap());
    }

    #[test]
    fn an_import_without_a_name_is_passed_over() {
        // A component of one section, whose one import has a name of no bytes and is an instance of type 0.
        let nameless = b"\0asm\x0d\0\x01\0\x0a\x05\x01\0\0\x05\0".to_vec();
        assert!(places(&nameless).unwrap().is_empty());
        assert_eq!(restore(nameless.clone()), nameless);
    }

    #[test]
    fn what_is_no_component_stays_as_it_is() {
        for bytes in [&b""[..], b"host:", b"\0asm\x0d\0\x01\0\x0a\xff"] {
            assert_eq!(restore(bytes.to_vec()), bytes);
        }
    }
}
