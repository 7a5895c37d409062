// What is remembered of events: a file for each in the granted folder, and one for each that was retracted.
//
//     <digest of the identifier>.cites       the identifier; then a line for each citation: relation, identifier
//     <digest of the identifier>.retracted   the identifier; then that of the event which retracted it
//
// A file is written whole, and says the same when it is written again, so that a call that is made again changes
// nothing. None is ever removed: `find FOLDER -mtime +90 -delete` forgets what is older than 90 days.

const std = @import("std");
const system = @import("system.zig");
const xml = @import("xml.zig");

const most_bytes = 20 << 10;
/// As much of a file as is read back: the identifier and the first citation.
const most_read = 3 << 10;
/// Files that are read for one event; the broker lets a command open 256 files.
const most_files = 200;

var room: [most_files * most_read]u8 = undefined;
var room_used: usize = 0;

pub const Fault = error{ Unusable, TooMany };

pub fn words(fault: Fault) []const u8 {
    return switch (fault) {
        error.Unusable => "the folder cannot be read or written; is it granted with writable = true, and is there room?",
        error.TooMany => "too many files were read for one event",
    };
}

/// The granted folder, if there is one.
pub fn open() ?Folder {
    return if (system.isFolder(system.granted)) .{ .file = system.granted } else null;
}

pub const Folder = struct {
    file: i32,

    /// Remembers what an event cites, and what it retracts.
    pub fn remember(folder: Folder, event: *const xml.Event) Fault!void {
        var text: [most_bytes]u8 = undefined;
        var length: usize = 0;
        put(&text, &length, &.{ event.ivoid, "\n" });
        for (event.citations()) |citation| {
            put(&text, &length, &.{ @tagName(citation.relation), " ", citation.ivoid, "\n" });
            if (citation.relation == .retraction) try folder.retract(citation.ivoid, event.ivoid);
        }
        try folder.write(event.ivoid, ".cites", text[0..length]);
    }

    /// The first that an event cites, with an empty identifier if it cites nothing; null if it was not seen.
    pub fn recall(folder: Folder, ivoid: []const u8) Fault!?xml.Citation {
        const second = (try folder.secondLine(Name.of(ivoid, ".cites"))) orelse return null;
        const space = std.mem.indexOfScalar(u8, second, ' ') orelse return .{ .ivoid = "", .relation = .other };
        const relation = std.meta.stringToEnum(xml.Relation, second[0..space]) orelse .other;
        return .{ .ivoid = second[space + 1 ..], .relation = relation };
    }

    /// The event that retracted an event, if one did.
    pub fn retracted(folder: Folder, ivoid: []const u8) Fault!?[]const u8 {
        return folder.secondLine(Name.of(ivoid, ".retracted"));
    }

    /// The first word stays, unless it is of another author and this is not.
    fn retract(folder: Folder, ivoid: []const u8, by: []const u8) Fault!void {
        if (try folder.retracted(ivoid)) |earlier| {
            if (xml.isSameAuthority(earlier, ivoid) or !xml.isSameAuthority(by, ivoid)) return;
        }
        var text: [most_read]u8 = undefined;
        var length: usize = 0;
        put(&text, &length, &.{ ivoid, "\n", by, "\n" });
        try folder.write(ivoid, ".retracted", text[0..length]);
    }

    fn write(folder: Folder, ivoid: []const u8, ending: []const u8, text: []const u8) Fault!void {
        const aside = Name.of(ivoid, ".part");
        const name = Name.of(ivoid, ending);
        try system.writeFile(folder.file, aside.slice(), name.slice(), text);
    }

    fn secondLine(folder: Folder, name: Name) Fault!?[]const u8 {
        if (room_used + most_read > room.len) return error.TooMany;
        const text = (try system.readFile(folder.file, name.slice(), room[room_used..][0..most_read])) orelse return null;
        room_used += text.len;
        var lines = std.mem.splitScalar(u8, text, '\n');
        _ = lines.next();
        return lines.next() orelse "";
    }
};

/// The name of a file: the beginning of the identifier's digest, and an ending.
const Name = struct {
    text: [48]u8,
    length: usize,

    fn of(ivoid: []const u8, ending: []const u8) Name {
        var digest: [32]u8 = undefined;
        std.crypto.hash.sha2.Sha256.hash(ivoid, &digest, .{});
        var name = Name{ .text = undefined, .length = 0 };
        for (digest[0..16]) |byte| {
            name.add(&.{ "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15] });
        }
        name.add(ending);
        return name;
    }

    fn add(name: *Name, text: []const u8) void {
        @memcpy(name.text[name.length..][0..text.len], text);
        name.length += text.len;
    }

    fn slice(name: *const Name) []const u8 {
        return name.text[0..name.length];
    }
};

fn put(text: []u8, length: *usize, parts: []const []const u8) void {
    for (parts) |part| {
        // All of them together are shorter than the room: see the limits in `xml`.
        @memcpy(text[length.*..][0..part.len], part);
        length.* += part.len;
    }
}
