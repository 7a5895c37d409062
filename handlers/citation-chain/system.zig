// The system as a command has it: standard streams, an end, and the files of a granted folder.
//
// These functions are those of WASI preview 1 themselves, which are the same in every version of Zig.

const std = @import("std");

const Piece = extern struct { at: [*]const u8, length: usize };

const wasi = struct {
    extern "wasi_snapshot_preview1" fn fd_read(file: i32, pieces: *const Piece, count: usize, done: *usize) u16;
    extern "wasi_snapshot_preview1" fn fd_write(file: i32, pieces: *const Piece, count: usize, done: *usize) u16;
    extern "wasi_snapshot_preview1" fn fd_sync(file: i32) u16;
    extern "wasi_snapshot_preview1" fn fd_close(file: i32) u16;
    extern "wasi_snapshot_preview1" fn fd_prestat_get(file: i32, about: *[2]u32) u16;
    extern "wasi_snapshot_preview1" fn path_open(folder: i32, follow: u32, path: [*]const u8, length: usize, how: u32, rights: u64, inherited: u64, flags: u32, file: *i32) u16;
    extern "wasi_snapshot_preview1" fn path_rename(folder: i32, old: [*]const u8, old_length: usize, into: i32, new: [*]const u8, new_length: usize) u16;
    extern "wasi_snapshot_preview1" fn proc_exit(status: u32) noreturn;
};

/// The first folder that is granted, if one is.
pub const granted = 3;

const not_there = 44; // ENOENT
const create_or_empty = 1 | 8;
const may_read = 1 << 1;
const may_write_and_sync = 1 << 6 | 1 << 4;

pub const Fault = error{Unusable};

/// Ends the call with a reason.
pub fn fail(status: u32, why: []const u8) noreturn {
    var line = Line{};
    line.add(why);
    line.end(.warn);
    wasi.proc_exit(status);
}

pub fn isFolder(file: i32) bool {
    var about: [2]u32 = undefined;
    return wasi.fd_prestat_get(file, &about) == 0;
}

/// Reads a file to its end, or until the room is full; how much that was.
pub fn read(file: i32, into: []u8) Fault!usize {
    var length: usize = 0;
    while (length < into.len) {
        var done: usize = 0;
        const room = into[length..];
        if (wasi.fd_read(file, &.{ .at = room.ptr, .length = room.len }, 1, &done) != 0) return error.Unusable;
        if (done == 0) break;
        length += done;
    }
    return length;
}

/// Reads the beginning of a file in a folder; null if it is not there.
pub fn readFile(folder: i32, name: []const u8, into: []u8) Fault!?[]const u8 {
    var file: i32 = undefined;
    switch (wasi.path_open(folder, 0, name.ptr, name.len, 0, may_read, 0, 0, &file)) {
        0 => {},
        not_there => return null,
        else => return error.Unusable,
    }
    defer _ = wasi.fd_close(file);
    return into[0..try read(file, into)];
}

/// Writes a file whole or not at all: aside first, to the disk, and then under its name.
pub fn writeFile(folder: i32, aside: []const u8, name: []const u8, text: []const u8) Fault!void {
    var file: i32 = undefined;
    if (wasi.path_open(folder, 0, aside.ptr, aside.len, create_or_empty, may_write_and_sync, 0, 0, &file) != 0) {
        return error.Unusable;
    }
    {
        defer _ = wasi.fd_close(file);
        try write(file, text);
        if (wasi.fd_sync(file) != 0) return error.Unusable;
    }
    const status = wasi.path_rename(folder, aside.ptr, aside.len, folder, name.ptr, name.len);
    if (status != 0) return error.Unusable;
}

fn write(file: i32, text: []const u8) Fault!void {
    var rest = text;
    while (rest.len > 0) {
        var done: usize = 0;
        if (wasi.fd_write(file, &.{ .at = rest.ptr, .length = rest.len }, 1, &done) != 0) return error.Unusable;
        if (done == 0) return error.Unusable;
        rest = rest[done..];
    }
}

/// A line of the log in the making. What does not fit is cut off, and dots say so.
pub const Line = struct {
    text: [4096]u8 = undefined,
    length: usize = 0,
    is_cut: bool = false,

    const dots = "...\n";

    pub fn add(line: *Line, words: []const u8) void {
        for (words) |char| {
            if (line.length == line.text.len - dots.len) {
                line.is_cut = true;
                return;
            }
            // A line is one line, whatever stands in a packet.
            line.text[line.length] = if (std.ascii.isControl(char)) ' ' else char;
            line.length += 1;
        }
    }

    pub fn join(line: *Line, words: []const []const u8) void {
        for (words) |each| line.add(each);
    }

    /// Writes it: to standard output, or to standard error, which becomes warnings.
    pub fn end(line: *Line, level: enum { info, warn }) void {
        const last = if (line.is_cut) dots else "\n";
        @memcpy(line.text[line.length..][0..last.len], last);
        // Nobody could be told that it failed.
        write(if (level == .info) 1 else 2, line.text[0 .. line.length + last.len]) catch {};
    }
};
