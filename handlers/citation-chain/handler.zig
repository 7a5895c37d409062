// Says of each event what it cites, back to the first event of the chain, and whether any of it was retracted.
//
// The packet comes on standard input, and what is written becomes the handler's log. With a granted folder it remembers there
// what each event cites, and so follows a chain over many packets; without one it says what stands in the packet.
//
// Exit status: 0 the event is handled, 75 the folder cannot be used now, 1 the packet cannot be read.

const std = @import("std");
const memory = @import("memory.zig");
const system = @import("system.zig");
const xml = @import("xml.zig");

/// The largest packet that is read.
const most_bytes = 4 << 20;
/// The events that are gone through for one event, over all chains.
const most_links = 64;
/// What the parameters that name a trigger are called.
const triggers = [_][]const u8{ "TrigID", "Trigger_ID", "GraceID", "event_id" };

var packet: [most_bytes + 1]u8 = undefined;
var links: usize = 0;

pub fn main() void {
    const length = system.read(0, &packet) catch system.fail(75, "the packet cannot be read");
    if (length > most_bytes) system.fail(1, "the packet is too long for this handler");
    const event = xml.read(packet[0..length], &triggers) catch |fault| system.fail(1, xml.words(fault));
    say(&event);
    const folder = memory.open() orelse return;
    track(folder, &event) catch |fault| system.fail(75, memory.words(fault));
}

/// What stands in the packet itself; that it retracts something is a warning.
fn say(event: *const xml.Event) void {
    var line = system.Line{};
    var retracts = false;
    line.add(event.ivoid);
    if (event.trigger) |trigger| line.join(&.{ " (", trigger.name, " ", trigger.value, ")" });
    if (event.citations().len == 0) line.add(" cites nothing");
    for (event.citations(), 0..) |citation, i| {
        line.join(&.{ if (i == 0) " " else ", ", citation.relation.verb(), " ", citation.ivoid });
        if (!xml.isSameAuthority(event.ivoid, citation.ivoid)) line.add(" of another author");
        retracts = retracts or citation.relation == .retraction;
    }
    if (event.left_out) line.add("; citations are left out that are too many, too long or of several lines");
    line.end(if (retracts) .warn else .info);
}

/// Remembers the event, and says what is known of those that it cites.
fn track(folder: memory.Folder, event: *const xml.Event) memory.Fault!void {
    try folder.remember(event);
    try tellRetraction(folder, event.ivoid, "");
    for (event.citations()) |citation| try follow(folder, event.ivoid, citation.ivoid);
}

/// Follows the first citation of each event back, as far as is known.
fn follow(folder: memory.Folder, from: []const u8, cited: []const u8) memory.Fault!void {
    var seen: [most_links + 1][]const u8 = undefined;
    seen[0] = from;
    var count: usize = 1;
    var at = cited;
    while (links < most_links) : (links += 1) {
        for (seen[0..count]) |earlier| {
            if (std.mem.eql(u8, earlier, at)) return tell(&.{ "  ", at, " is cited in a circle" });
        }
        seen[count] = at;
        count += 1;
        try tellRetraction(folder, at, from);
        const next = (try folder.recall(at)) orelse return tell(&.{ "  ", at, " was not seen here" });
        if (next.ivoid.len == 0) return tell(&.{ "  ", at, " is the first" });
        tell(&.{ "  ", at, " ", next.relation.verb(), " ", next.ivoid });
        at = next.ivoid;
    }
    tell(&.{ "  ", at, " is too far back to be followed" });
}

/// Says so if an event was retracted, unless it was by that one.
fn tellRetraction(folder: memory.Folder, ivoid: []const u8, unless: []const u8) memory.Fault!void {
    const by = (try folder.retracted(ivoid)) orelse return;
    if (std.mem.eql(u8, by, unless)) return;
    var line = system.Line{};
    line.join(&.{ "  ", ivoid, " was retracted by ", by });
    if (!xml.isSameAuthority(ivoid, by)) line.add(", of another author");
    line.end(.warn);
}

fn tell(words: []const []const u8) void {
    var line = system.Line{};
    line.join(words);
    line.end(.info);
}
