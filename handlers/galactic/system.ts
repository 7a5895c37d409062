// The system, as WASI gives it: AssemblyScript has no standard library for it.

@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(file: i32, pieces: usize, count: i32, done: usize): u16;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(file: i32, pieces: usize, count: i32, done: usize): u16;
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, length: usize): u16;
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(pointers: usize, text: usize): u16;
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(status: i32): void;

const PIECE_BYTES = 64 << 10;
// A piece of memory, as WASI takes it: where, and how long. Then what was done, or two numbers.
const piece = memory.data(8);
const answer = memory.data(8);

/** All of standard input. */
export function readInput(): Uint8Array {
  let bytes = new Uint8Array(PIECE_BYTES);
  let length = 0;
  while (true) {
    if (length == bytes.length) {
      const longer = new Uint8Array(2 * bytes.length);
      longer.set(bytes);
      bytes = longer;
    }
    store<usize>(piece, bytes.dataStart + length);
    store<usize>(piece, bytes.length - length, sizeof<usize>());
    if (fd_read(0, piece, 1, answer) != 0) {
      warn("standard input cannot be read");
      exit(75);
    }
    const read = load<i32>(answer);
    if (read == 0) return bytes.subarray(0, length);
    length += read;
  }
}

/** A line for the log. */
export function print(line: string): void {
  write(1, line);
}

/** A line for the log that matters more. */
export function warn(line: string): void {
  write(2, line);
}

export function exit(status: i32): void {
  proc_exit(status);
}

/** A variable of the environment, if it was granted. */
export function variable(name: string): string | null {
  if (environ_sizes_get(answer, answer + 4) != 0) return null;
  const count = load<i32>(answer);
  const pointers = new StaticArray<usize>(count);
  const text = new ArrayBuffer(load<i32>(answer, 4));
  if (environ_get(changetype<usize>(pointers), changetype<usize>(text)) != 0) return null;
  for (let i = 0; i < count; i++) {
    const entry = String.UTF8.decodeUnsafe(pointers[i], <i32>text.byteLength, true);
    if (entry.startsWith(name + "=")) return entry.substring(name.length + 1).trim();
  }
  return null;
}

function write(file: i32, line: string): void {
  const bytes = String.UTF8.encode(line + "\n");
  store<usize>(piece, changetype<usize>(bytes));
  store<usize>(piece, bytes.byteLength, sizeof<usize>());
  fd_write(file, piece, 1, answer);
}
