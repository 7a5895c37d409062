// Says of each event how far it is from the plane of the Galaxy.
//
// The packet comes on standard input, and what is written becomes the handler's log. The exit status tells how it went:
// 0 the event is handled, 75 try again later, anything else it can never be handled.

const std = @import("std");

// Nearer to the plane than this, in degrees, there are too many stars.
const clear = 15.0;
const radians = std.math.pi / 180.0;

var buffer: [1 << 20]u8 = undefined;

pub fn main() void {
    const packet = buffer[0..read()];
    const ivorn = between(packet, "ivorn=\"", '"') orelse exit(1);
    var line: [1024]u8 = undefined;
    const first = between(packet, "<C1>", '<');
    const second = between(packet, "<C2>", '<');
    if (first == null or second == null) {
        return write(std.fmt.bufPrint(&line, "{s} has no position\n", .{ivorn}) catch exit(1));
    }
    const longitude = std.fmt.parseFloat(f64, first.?) catch exit(1);
    const latitude = std.fmt.parseFloat(f64, second.?) catch exit(1);
    const galactic = galacticLatitude(longitude, latitude);
    const place = if (@abs(galactic) > clear) "clear of" else "in";
    const text = "{s} at {d:.4} {d:.4}, galactic latitude {d:.1}: {s} the Milky Way\n";
    write(std.fmt.bufPrint(&line, text, .{ ivorn, longitude, latitude, galactic, place }) catch exit(1));
}

/// The galactic latitude of an equatorial position of J2000, all in degrees.
fn galacticLatitude(longitude: f64, latitude: f64) f64 {
    const pole_longitude: f64 = 192.85948 * radians;
    const pole_latitude: f64 = 27.12825 * radians;
    const sine = @sin(latitude * radians) * @sin(pole_latitude) +
        @cos(latitude * radians) * @cos(pole_latitude) * @cos(longitude * radians - pole_longitude);
    return std.math.asin(std.math.clamp(sine, -1.0, 1.0)) / radians;
}

/// What stands between two texts.
fn between(text: []const u8, begin: []const u8, end: u8) ?[]const u8 {
    const found = std.mem.indexOf(u8, text, begin) orelse return null;
    const rest = text[found + begin.len ..];
    return rest[0 .. std.mem.indexOfScalar(u8, rest, end) orelse return null];
}

// The system's own functions, which are the same in every version of Zig.
const Piece = extern struct { at: [*]const u8, length: usize };
extern "wasi_snapshot_preview1" fn fd_read(file: i32, pieces: *const Piece, count: usize, done: *usize) u16;
extern "wasi_snapshot_preview1" fn fd_write(file: i32, pieces: *const Piece, count: usize, done: *usize) u16;
extern "wasi_snapshot_preview1" fn proc_exit(status: u32) noreturn;

fn exit(status: u32) noreturn {
    proc_exit(status);
}

/// Reads all of standard input into the buffer.
fn read() usize {
    var length: usize = 0;
    while (length < buffer.len) {
        var done: usize = 0;
        const rest = buffer[length..];
        if (fd_read(0, &.{ .at = rest.ptr, .length = rest.len }, 1, &done) != 0) exit(1);
        if (done == 0) break;
        length += done;
    }
    return length;
}

/// Writes a text to standard output.
fn write(text: []const u8) void {
    var done: usize = 0;
    _ = fd_write(1, &.{ .at = text.ptr, .length = text.len }, 1, &done);
}
