// What a chain of citations needs of a VOEvent packet, read from front to back, without a tree.
//
// The broker has seen to it that the packet is well-formed, and refuses document types. Whatever else comes is either read
// right, left out and said to be so, or an error: comments and CDATA cite nothing, and entities are resolved.

const std = @import("std");

/// The longest identifier, and the longest name and value of a parameter.
const most_text = 1024;
/// Citations that are read of one packet.
pub const most_citations = 16;

pub const Relation = enum {
    followup,
    supersedes,
    retraction,
    other,

    /// What the event does to the one that it cites.
    pub fn verb(relation: Relation) []const u8 {
        return switch (relation) {
            .followup => "follows up",
            .supersedes => "supersedes",
            .retraction => "retracts",
            .other => "cites",
        };
    }

    fn of(text: []const u8) Relation {
        return std.meta.stringToEnum(Relation, text) orelse .other;
    }
};

pub const Citation = struct { ivoid: []const u8, relation: Relation };
pub const Param = struct { name: []const u8, value: []const u8 };

pub const Event = struct {
    ivoid: []const u8 = "",
    cited: [most_citations]Citation = undefined,
    count: usize = 0,
    /// Whether it cites more, or at greater length, than is read.
    left_out: bool = false,
    trigger: ?Param = null,

    pub fn citations(event: *const Event) []const Citation {
        return event.cited[0..event.count];
    }

    fn cite(event: *Event, citation: Citation) void {
        if (citation.ivoid.len == 0) return;
        if (event.count == most_citations or !isOneLine(citation.ivoid)) {
            event.left_out = true;
            return;
        }
        event.cited[event.count] = citation;
        event.count += 1;
    }
};

pub const Fault = error{ NotUtf8, NotWellFormed, NoIdentifier, TooLong };

pub fn words(fault: Fault) []const u8 {
    return switch (fault) {
        error.NotUtf8 => "the packet is not in UTF-8",
        error.NotWellFormed => "the packet is not well-formed",
        error.NoIdentifier => "the packet has no identifier",
        error.TooLong => "the packet's identifier is too long",
    };
}

/// Whether two identifiers are of one author, as far as the part between `ivo://` and the next slash says.
pub fn isSameAuthority(one: []const u8, other: []const u8) bool {
    return std.ascii.eqlIgnoreCase(authority(one), authority(other));
}

fn authority(ivoid: []const u8) []const u8 {
    const begin = if (std.ascii.startsWithIgnoreCase(ivoid, "ivo://")) "ivo://".len else 0;
    const rest = ivoid[begin..];
    return rest[0 .. std.mem.indexOfAny(u8, rest, "/#?") orelse rest.len];
}

/// Reads a packet; `triggers` are the names of parameters one of which is wanted.
pub fn read(packet: []const u8, triggers: []const []const u8) Fault!Event {
    if (std.mem.indexOfScalar(u8, packet, 0) != null) return error.NotUtf8;
    if (!std.unicode.utf8ValidateSlice(packet)) return error.NotUtf8;
    var reader = Reader{ .text = packet, .triggers = triggers };
    try reader.all();
    if (reader.event.ivoid.len == 0 or !isOneLine(reader.event.ivoid)) return error.NoIdentifier;
    return reader.event;
}

/// Whether no entity has brought a line break, or anything like it, into an identifier.
fn isOneLine(ivoid: []const u8) bool {
    for (ivoid) |char| if (std.ascii.isControl(char)) return false;
    return true;
}

/// Memory for texts, which nobody frees: there is one packet.
var texts: [128 << 10]u8 = undefined;
var texts_used: usize = 0;

const Reader = struct {
    text: []const u8,
    at: usize = 0,
    depth: usize = 0,
    /// The element of depth 2 in which this is: What, Citations and so on.
    section: []const u8 = "",
    triggers: []const []const u8,
    /// The citation whose text is being read.
    relation: ?Relation = null,
    said: [most_text]u8 = undefined,
    said_length: usize = 0,
    event: Event = .{},

    fn all(reader: *Reader) Fault!void {
        while (reader.at < reader.text.len) {
            const rest = reader.text[reader.at..];
            if (rest[0] != '<') {
                const length = std.mem.indexOfScalar(u8, rest, '<') orelse rest.len;
                try reader.say(rest[0..length], true);
                reader.at += length;
            } else if (std.mem.startsWith(u8, rest, "<!--")) {
                _ = try reader.past("<!--", "-->");
            } else if (std.mem.startsWith(u8, rest, "<![CDATA[")) {
                try reader.say(try reader.past("<![CDATA[", "]]>"), false);
            } else if (std.mem.startsWith(u8, rest, "<?")) {
                _ = try reader.past("<?", "?>");
            } else if (std.mem.startsWith(u8, rest, "</")) {
                _ = try reader.past("</", ">");
                try reader.leave();
            } else if (std.mem.startsWith(u8, rest, "<!")) {
                return error.NotWellFormed;
            } else {
                try reader.enter();
            }
        }
        if (reader.depth != 0) return error.NotWellFormed;
    }

    /// What stands between two marks, of which the first is here; goes on after the second.
    fn past(reader: *Reader, begin: []const u8, end: []const u8) Fault![]const u8 {
        const from = reader.at + begin.len;
        const to = std.mem.indexOfPos(u8, reader.text, from, end) orelse return error.NotWellFormed;
        reader.at = to + end.len;
        return reader.text[from..to];
    }

    /// Takes text, if it is that of a citation.
    fn say(reader: *Reader, text: []const u8, has_entities: bool) Fault!void {
        if (reader.relation == null or reader.depth != 3) return;
        const room = reader.said[reader.said_length..];
        reader.said_length += (if (has_entities) try resolve(text, room) else copy(text, room)) orelse {
            reader.relation = null;
            reader.event.left_out = true;
            return;
        };
    }

    fn enter(reader: *Reader) Fault!void {
        reader.at += 1;
        const name = local(try reader.takeName());
        reader.depth += 1;
        if (reader.depth == 2) reader.section = name;
        const is_citation = reader.depth == 3 and is(reader.section, "Citations") and is(name, "EventIVORN");
        const is_param = reader.depth >= 3 and is(reader.section, "What") and is(name, "Param");
        if (is_citation) {
            reader.relation = .other;
            reader.said_length = 0;
        }
        var param = Param{ .name = "", .value = "" };
        while (true) {
            reader.skipSpace();
            const rest = reader.text[reader.at..];
            if (std.mem.startsWith(u8, rest, "/>")) {
                reader.at += 2;
                if (is_param) reader.keep(param);
                return reader.leave();
            }
            if (std.mem.startsWith(u8, rest, ">")) {
                reader.at += 1;
                if (is_param) reader.keep(param);
                return;
            }
            const key = try reader.takeName();
            const value = try reader.takeValue();
            if (reader.depth == 1 and is(key, "ivorn")) {
                reader.event.ivoid = trim((try kept(value)) orelse return error.TooLong);
            } else if (is_citation and is(key, "cite")) {
                reader.relation = .of(trim((try kept(value)) orelse ""));
            } else if (is_param and is(key, "name")) {
                param.name = (try kept(value)) orelse "";
            } else if (is_param and is(key, "value")) {
                param.value = (try kept(value)) orelse "";
            }
        }
    }

    fn leave(reader: *Reader) Fault!void {
        if (reader.depth == 0) return error.NotWellFormed;
        if (reader.depth == 3) if (reader.relation) |relation| {
            const said = trim(reader.said[0..reader.said_length]);
            // Nothing else keeps text in this buffer.
            const ivoid = (try literally(said)) orelse "";
            if (ivoid.len != said.len) reader.event.left_out = true;
            reader.event.cite(.{ .ivoid = ivoid, .relation = relation });
            reader.relation = null;
        };
        reader.depth -= 1;
    }

    fn keep(reader: *Reader, param: Param) void {
        if (reader.event.trigger != null or param.value.len == 0) return;
        for (reader.triggers) |trigger| {
            if (is(trigger, param.name)) reader.event.trigger = param;
        }
    }

    fn takeName(reader: *Reader) Fault![]const u8 {
        const from = reader.at;
        const to = std.mem.indexOfAnyPos(u8, reader.text, from, " \t\r\n/>=<\"'") orelse return error.NotWellFormed;
        if (to == from) return error.NotWellFormed;
        reader.at = to;
        return reader.text[from..to];
    }

    fn takeValue(reader: *Reader) Fault![]const u8 {
        reader.skipSpace();
        if (reader.at >= reader.text.len or reader.text[reader.at] != '=') return error.NotWellFormed;
        reader.at += 1;
        reader.skipSpace();
        if (reader.at >= reader.text.len) return error.NotWellFormed;
        return switch (reader.text[reader.at]) {
            '"' => reader.past("\"", "\""),
            '\'' => reader.past("'", "'"),
            else => error.NotWellFormed,
        };
    }

    fn skipSpace(reader: *Reader) void {
        while (reader.at < reader.text.len and std.ascii.isWhitespace(reader.text[reader.at])) reader.at += 1;
    }
};

fn is(one: []const u8, other: []const u8) bool {
    return std.mem.eql(u8, one, other);
}

fn local(name: []const u8) []const u8 {
    const colon = std.mem.indexOfScalar(u8, name, ':') orelse return name;
    return name[colon + 1 ..];
}

fn trim(text: []const u8) []const u8 {
    return std.mem.trim(u8, text, " \t\r\n");
}

/// An attribute's value that lasts, with its entities resolved; null if it is too long.
fn kept(value: []const u8) Fault!?[]const u8 {
    const room = texts[texts_used..@min(texts.len, texts_used + most_text)];
    const length = (try resolve(value, room)) orelse return null;
    texts_used += length;
    return room[0..length];
}

/// A text that lasts; null if there is no room.
fn literally(text: []const u8) Fault!?[]const u8 {
    const room = texts[texts_used..];
    const length = copy(text, room) orelse return null;
    texts_used += length;
    return room[0..length];
}

fn copy(text: []const u8, into: []u8) ?usize {
    if (text.len > into.len) return null;
    @memcpy(into[0..text.len], text);
    return text.len;
}

/// Copies text with its entities resolved; null if there is no room.
fn resolve(text: []const u8, into: []u8) Fault!?usize {
    var from: usize = 0;
    var to: usize = 0;
    while (from < text.len) {
        if (text[from] != '&') {
            if (to == into.len) return null;
            into[to] = text[from];
            from += 1;
            to += 1;
            continue;
        }
        const end = std.mem.indexOfScalarPos(u8, text, from, ';') orelse return error.NotWellFormed;
        const char = try entity(text[from + 1 .. end]);
        if (into.len - to < 4) return null;
        to += std.unicode.utf8Encode(char, into[to..]) catch return error.NotWellFormed;
        from = end + 1;
    }
    return to;
}

fn entity(called: []const u8) Fault!u21 {
    if (std.mem.startsWith(u8, called, "#x")) {
        return std.fmt.parseInt(u21, called[2..], 16) catch error.NotWellFormed;
    }
    if (std.mem.startsWith(u8, called, "#")) {
        return std.fmt.parseInt(u21, called[1..], 10) catch error.NotWellFormed;
    }
    const known = [_]struct { []const u8, u21 }{
        .{ "lt", '<' }, .{ "gt", '>' }, .{ "amp", '&' }, .{ "quot", '"' }, .{ "apos", '\'' },
    };
    for (known) |each| if (is(each[0], called)) return each[1];
    return error.NotWellFormed;
}
