// Says of each event how far it is from the plane of the Galaxy.
//
// The packet comes on standard input, and what is written becomes the handler's log. The exit status tells how it went:
// 0 the event is handled, 75 try again later, anything else it can never be handled.

// The system's own functions. AssemblyScript has no standard library for them.
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(file: i32, pieces: usize, count: i32, done: usize): u16;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(file: i32, pieces: usize, count: i32, done: usize): u16;
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(status: i32): void;

// Nearer to the plane than this, in degrees, there are too many stars.
const CLEAR: f64 = 15.0;
const RADIANS: f64 = Math.PI / 180.0;

function main(): void {
  const packet = readInput();
  const ivorn = between(packet, 'ivorn="', '"');
  if (ivorn == null) {
    proc_exit(1);
    return;
  }
  const first = between(packet, "<C1>", "<");
  const second = between(packet, "<C2>", "<");
  if (first == null || second == null) {
    print(ivorn + " has no position");
    return;
  }
  const longitude = parseFloat(first);
  const latitude = parseFloat(second);
  const galactic = galacticLatitude(longitude, latitude);
  const place = Math.abs(galactic) > CLEAR ? "clear of" : "in";
  const position = fixed(longitude, 4) + " " + fixed(latitude, 4);
  print(`${ivorn} at ${position}, galactic latitude ${fixed(galactic, 1)}: ${place} the Milky Way`);
}

/** The galactic latitude of an equatorial position of J2000, all in degrees. */
function galacticLatitude(longitude: f64, latitude: f64): f64 {
  const poleLongitude: f64 = 192.85948 * RADIANS;
  const poleLatitude: f64 = 27.12825 * RADIANS;
  longitude *= RADIANS;
  latitude *= RADIANS;
  const sine = Math.sin(latitude) * Math.sin(poleLatitude) +
    Math.cos(latitude) * Math.cos(poleLatitude) * Math.cos(longitude - poleLongitude);
  return Math.asin(Math.max(-1.0, Math.min(1.0, sine))) / RADIANS;
}

/** What stands between two texts. */
function between(text: string, begin: string, end: string): string | null {
  let from = text.indexOf(begin);
  if (from < 0) return null;
  from += begin.length;
  const to = text.indexOf(end, from);
  return to < 0 ? null : text.substring(from, to);
}

/** A number with so many decimals. */
function fixed(value: f64, decimals: i32): string {
  const scale = Math.pow(10.0, decimals);
  const scaled = <i64>Math.round(Math.abs(value) * scale);
  const whole = scaled / <i64>scale;
  const rest = (scaled % <i64>scale).toString().padStart(decimals, "0");
  return (value < 0 && scaled > 0 ? "-" : "") + whole.toString() + "." + rest;
}

function readInput(): string {
  const most = 1 << 20;
  const bytes = new ArrayBuffer(most);
  const pieces = memory.data(8);
  const done = memory.data(4);
  let length = 0;
  while (length < most) {
    store<usize>(pieces, changetype<usize>(bytes) + length);
    store<usize>(pieces, most - length, sizeof<usize>());
    if (fd_read(0, pieces, 1, done) != 0) proc_exit(1);
    const read = load<i32>(done);
    if (read == 0) break;
    length += read;
  }
  return String.UTF8.decode(bytes.slice(0, length));
}

function print(line: string): void {
  const bytes = String.UTF8.encode(line + "\n");
  const pieces = memory.data(8);
  store<usize>(pieces, changetype<usize>(bytes));
  store<usize>(pieces, bytes.byteLength, sizeof<usize>());
  fd_write(1, pieces, 1, memory.data(4));
}

main();
