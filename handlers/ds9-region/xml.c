// See xml.h. Whatever looks through the packet is told where it ends: some C libraries' strchr and strstr measure all that is left of it
// first, each time.

#include "xml.h"
#include <stdlib.h>
#include <string.h>

static const char spaces[] = " \t\r\n";

static int is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static int is_called(xml_span span, const char *name) {
    return strncmp(name, span.at, span.length) == 0 && name[span.length] == '\0';
}

// A name without its prefix.
static xml_span local(xml_span name) {
    const char *colon = memchr(name.at, ':', name.length);
    if (colon == NULL)
        return name;
    return (xml_span){colon + 1, name.length - (size_t)(colon + 1 - name.at)};
}

// The end of a tag that begins here: after the `>` that stands in no quotes.
static const char *after_tag(const char *at, const char *end) {
    char quote = '\0';
    for (; at < end; at++) {
        if (quote != '\0') {
            if (*at == quote)
                quote = '\0';
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '>') {
            return at + 1;
        }
    }
    return NULL;
}

// Whether a mark begins here.
static int is_at(const char *at, const char *end, const char *mark) {
    size_t length = strlen(mark);
    return (size_t)(end - at) >= length && memcmp(at, mark, length) == 0;
}

// What follows the next of a mark.
static const char *after(const char *at, const char *end, const char *mark) {
    while (at < end && (at = memchr(at, *mark, (size_t)(end - at))) != NULL) {
        if (is_at(at, end, mark))
            return at + strlen(mark);
        at++;
    }
    return NULL;
}

// How long the name is that begins here, in a tag whose end was seen.
static size_t name_length(const char *at) {
    const char *to = at;
    while (!is_space(*to) && *to != '/' && *to != '>')
        to++;
    return (size_t)(to - at);
}

const char *xml_read(const char *packet, size_t length, xml_take *take, void *into) {
    xml_span path[XML_DEPTH];
    const char *begun[XML_DEPTH];
    size_t depth = 0;
    if (memchr(packet, '\0', length) != NULL)
        return "it is not in UTF-8";
    const char *at = packet, *end = packet + length;
    while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        const char *next;
        if (is_at(at, end, "<!--"))
            next = after(at + 4, end, "-->");
        else if (is_at(at, end, "<![CDATA["))
            next = after(at, end, "]]>");
        else if (is_at(at, end, "<?"))
            next = after(at, end, "?>");
        else if (is_at(at, end, "<!"))
            return "it has a document type";
        else
            next = after_tag(at, end);
        if (next == NULL)
            return "it is not well-formed";
        if (at[1] == '!' || at[1] == '?') {
            at = next;
            continue;
        }
        int is_end = at[1] == '/', is_empty = !is_end && next[-2] == '/';
        if (!is_end) {
            size_t name = name_length(at + 1);
            if (depth < XML_DEPTH) {
                path[depth] = local((xml_span){at + 1, name});
                begun[depth] = next;
                xml_span attributes = {at + 1 + name, (size_t)(next - at) - 2 - name};
                xml_place place = {XML_ELEMENT, depth + 1, path, attributes, {"", 0}};
                take(into, &place);
            }
            depth++;
        }
        if (is_end || is_empty) {
            if (depth == 0)
                return "it is not well-formed";
            if (depth <= XML_DEPTH) {
                xml_span text = {begun[depth - 1], is_empty ? 0 : (size_t)(at - begun[depth - 1])};
                xml_place place = {XML_END, depth, path, {"", 0}, text};
                take(into, &place);
            }
            depth--;
        }
        at = next;
    }
    return depth == 0 ? NULL : "it is not well-formed";
}

int xml_is(const xml_place *place, const char *name) { return is_called(place->path[place->depth - 1], name); }

int xml_is_within(const xml_place *place, const char *name) {
    for (size_t i = 0; i < place->depth; i++)
        if (is_called(place->path[i], name))
            return 1;
    return 0;
}

// The character that an entity stands for, which is wanted only if it is ASCII; 0 if it is not.
static char entity(const char *name, size_t length) {
    static const struct { const char *name; char is; } known[] = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_called((xml_span){name, length}, known[i].name))
            return known[i].is;
    if (length < 2 || *name != '#')
        return '\0';
    int is_hex = name[1] == 'x';
    unsigned long code = strtoul(name + (is_hex ? 2 : 1), NULL, is_hex ? 16 : 10);
    return code < 128 ? (char)code : '\0';
}

// Copies a text with its entities and CDATA resolved and its comments left out.
static void copy(xml_span from, char *into, size_t size) {
    const char *at = from.at, *end = from.at + from.length;
    size_t length = 0;
    int is_literal = 0;
    while (at < end) {
        char c = *at;
        size_t left = (size_t)(end - at), taken = 1;
        if (is_literal && is_at(at, end, "]]>")) {
            is_literal = 0;
            at += 3;
            continue;
        }
        if (!is_literal && is_at(at, end, "<![CDATA[")) {
            is_literal = 1;
            at += 9;
            continue;
        }
        if (!is_literal && c == '<') {
            // A comment: elements in it are not text either, and then there is none.
            const char *past = is_at(at, end, "<!--") ? after(at + 4, end, "-->") : NULL;
            if (past == NULL) {
                length = 0;
                break;
            }
            at = past;
            continue;
        }
        if (!is_literal && c == '&') {
            const char *semicolon = memchr(at, ';', left);
            taken = semicolon == NULL ? 1 : (size_t)(semicolon - at) + 1;
            c = semicolon == NULL ? '\0' : entity(at + 1, taken - 2);
        }
        if (c == '\0' || length + 1 >= size) {
            length = 0;
            break;
        }
        into[length++] = c;
        at += taken;
    }
    into[length] = '\0';
}

static void trim(char *text) {
    size_t length = strlen(text), begin = strspn(text, spaces);
    while (length > begin && is_space(text[length - 1]))
        length--;
    memmove(text, text + begin, length - begin);
    text[length - begin] = '\0';
}

void xml_attribute(const xml_place *place, const char *name, char *into, size_t size) {
    const char *at = place->attributes.at, *end = at + place->attributes.length;
    into[0] = '\0';
    while (at < end) {
        while (at < end && (is_space(*at) || *at == '/'))
            at++;
        const char *key = at;
        while (at < end && *at != '=' && !is_space(*at))
            at++;
        xml_span called = {key, (size_t)(at - key)};
        while (at < end && *at != '"' && *at != '\'')
            at++;
        if (at == end)
            return;
        const char *value = at + 1, *close = memchr(value, *at, (size_t)(end - value));
        if (close == NULL)
            return;
        if (is_called(called, name)) {
            copy((xml_span){value, (size_t)(close - value)}, into, size);
            trim(into);
            return;
        }
        at = close + 1;
    }
}

void xml_text(const xml_place *place, char *into, size_t size) {
    copy(place->text, into, size);
    trim(into);
}
