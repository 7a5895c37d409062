// philae.h: the interface of wit/handler.wit for handlers in C, by hand, in one file.
//
// Include it in one source file, write `handle`, and say what the handler is:
//
//     #include <philae.h>
//
//     static philae_outcome handle(const philae_envelope *event) {
//         philae_log(PHILAE_INFO, event->ivoid);
//         return philae_done();
//     }
//     PHILAE_HANDLER("alert", "1.0.0", philae_ready, handle)
//
// `philae handler build` finds this file by itself, and makes what includes it a module of Philae's world instead of a
// command. All of the C library works that needs no system: strings, numbers, memory, mathematics, snprintf into a buffer. Files, clocks
// and standard output are not there; a handler that wants those is a command (`philae handler new --lang c`).
//
// Texts are bytes with a length, without a zero at the end, and UTF-8. Each event gets a fresh instance, so nothing
// need ever be freed. The structures lie in memory as the component model's canonical ABI has them: do not change any.

#ifndef PHILAE_H
#define PHILAE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A text or bytes; where they may be missing, together with whether they are there.
typedef struct { const char *at; size_t length; } philae_text;
typedef struct { bool is_some; philae_text text; } philae_maybe_text;
typedef struct { philae_text *at; size_t length; } philae_texts;

typedef enum { PHILAE_OBSERVATION, PHILAE_PREDICTION, PHILAE_UTILITY, PHILAE_TEST } philae_role;
typedef enum { PHILAE_DEBUG, PHILAE_INFO, PHILAE_WARN, PHILAE_ERROR } philae_level;
typedef enum { PHILAE_FOLLOWUP, PHILAE_SUPERSEDES, PHILAE_RETRACTION, PHILAE_OTHER } philae_relation;

// UTC since 1970, leap seconds left out.
typedef struct { int64_t seconds; uint32_t nanoseconds; } philae_timestamp;
typedef struct { bool is_some; philae_timestamp time; } philae_maybe_timestamp;
typedef struct { bool is_some; double number; } philae_maybe_number;

// What the broker knows of an event without looking into it.
typedef struct {
    uint64_t seq;
    philae_text ivoid, stream;
    philae_role role;
    philae_text media_type;
    philae_maybe_timestamp authored;
    philae_timestamp received;
    philae_text source;
    uint32_t attempt;
} philae_envelope;

typedef struct {
    philae_maybe_text group;
    philae_text name, value;
    philae_maybe_text unit, ucd, data_type;
} philae_param;
typedef struct { philae_param *at; size_t length; } philae_params;
typedef struct { bool is_some; philae_param param; } philae_maybe_param;

typedef struct { philae_text ivoid; uint8_t relation; } philae_citation;
typedef struct { philae_citation *at; size_t length; } philae_citations;

typedef struct {
    double longitude, latitude;
    philae_maybe_number error_radius;
    philae_text system;
    philae_maybe_timestamp time;
} philae_position;
typedef struct { bool is_some; philae_position position; } philae_maybe_position;

// What an XPath expression came to: `kind` says which of the rest holds.
typedef struct {
    bool is_error;
    union {
        struct {
            enum { PHILAE_BOOLEAN, PHILAE_NUMBER, PHILAE_TEXT, PHILAE_NODES } kind : 8;
            union { bool boolean; double number; philae_text text; philae_texts nodes; };
        };
        philae_text error;
    };
} philae_xpath_value;

// Whether something could be written to the state, and why not.
typedef struct {
    bool is_error;
    union {
        bool is_done;
        int64_t sum;
        struct { enum { PHILAE_QUOTA, PHILAE_BAD_KEY, PHILAE_NOT_A_NUMBER } why : 8; uint64_t quota; };
    };
} philae_written;

// Whether a packet was taken, and why not.
typedef struct {
    bool is_error;
    struct { enum { PHILAE_NOT_GRANTED, PHILAE_TOO_MANY, PHILAE_REFUSED } why : 8; philae_text reason; };
} philae_published;

// How a call went: done, to be tried again later, or never to be handled.
typedef struct {
    bool is_error;
    struct { enum { PHILAE_RETRY, PHILAE_PERMANENT } kind : 8; philae_text reason; };
} philae_outcome;

_Static_assert(sizeof(void *) == 4 && sizeof(philae_param) == 64 && sizeof(philae_citation) == 12, "not wasm32");
_Static_assert(sizeof(philae_maybe_position) == 72 && sizeof(philae_xpath_value) == 24, "not the canonical ABI");
_Static_assert(sizeof(philae_written) == 24 && sizeof(philae_published) == 16, "not the canonical ABI");
_Static_assert(sizeof(philae_outcome) == 16, "not the canonical ABI");

// The imports as the module has them. Whoever writes a handler calls what stands further down.
#define PHILAE_IMPORT(interface, function) \
    __attribute__((import_module("philae:handler/" interface "@1.0.0"), import_name(function)))

PHILAE_IMPORT("event", "raw") void philae_import_raw(philae_text *);
PHILAE_IMPORT("event", "params") void philae_import_params(philae_params *);
PHILAE_IMPORT("event", "find-param")
void philae_import_find_param(const char *, size_t, int, const char *, size_t, philae_maybe_param *);
PHILAE_IMPORT("event", "citations") void philae_import_citations(philae_citations *);
PHILAE_IMPORT("event", "position") void philae_import_position(philae_maybe_position *);
PHILAE_IMPORT("event", "xpath") void philae_import_xpath(const char *, size_t, philae_xpath_value *);
PHILAE_IMPORT("log", "write") void philae_import_log(int, const char *, size_t);
PHILAE_IMPORT("config", "get") void philae_import_config(const char *, size_t, philae_maybe_text *);
PHILAE_IMPORT("state", "get") void philae_import_get(const char *, size_t, philae_maybe_text *);
PHILAE_IMPORT("state", "set")
void philae_import_set(const char *, size_t, const char *, size_t, int, int64_t, philae_written *);
PHILAE_IMPORT("state", "delete") void philae_import_delete(const char *, size_t);
PHILAE_IMPORT("state", "increment") void philae_import_increment(const char *, size_t, int64_t, philae_written *);
PHILAE_IMPORT("state", "compare-and-swap")
void philae_import_swap(const char *, size_t, int, const char *, size_t, const char *, size_t, philae_written *);
PHILAE_IMPORT("state", "keys") void philae_import_keys(const char *, size_t, uint32_t, philae_texts *);
PHILAE_IMPORT("publish", "packet") void philae_import_publish(const char *, size_t, philae_published *);
PHILAE_IMPORT("metrics", "count") void philae_import_count(const char *, size_t, uint64_t);
PHILAE_IMPORT("metrics", "gauge") void philae_import_gauge(const char *, size_t, double);

// Texts.

static inline philae_text philae_text_of(const char *text) { return (philae_text){text, strlen(text)}; }

static inline bool philae_is(philae_text text, const char *other) {
    return text.length == strlen(other) && memcmp(text.at, other, text.length) == 0;
}

// The same with a zero at the end, for the C library.
static inline char *philae_string(philae_text text) {
    char *string = malloc(text.length + 1);
    if (string == NULL)
        __builtin_trap();
    memcpy(string, text.at, text.length);
    string[text.length] = '\0';
    return string;
}

// The beginning of a text, of no more bytes than that, without half a character at its end.
static inline philae_text philae_cut(philae_text text, size_t most) {
    if (text.length <= most)
        return text;
    while (most > 0 && (text.at[most] & 0xC0) == 0x80)
        most--;
    return (philae_text){text.at, most};
}

// How a call ends. The reason may be on the stack of nobody: it is read after `handle` has returned.

static inline philae_outcome philae_done(void) { return (philae_outcome){0}; }

static inline philae_outcome philae_failed(int kind, const char *reason) {
    philae_outcome outcome = {.is_error = true};
    outcome.kind = kind;
    outcome.reason = philae_text_of(reason);
    return outcome;
}

// The event in hand.

static inline philae_text philae_raw(void) { philae_text raw; philae_import_raw(&raw); return raw; }

static inline philae_params philae_all_params(void) {
    philae_params params;
    philae_import_params(&params);
    return params;
}

// The first parameter of that name, in the group of that name unless that is NULL.
static inline philae_maybe_param philae_find_param(const char *name, const char *group) {
    philae_maybe_param found;
    bool has_group = group != NULL;
    philae_import_find_param(name, strlen(name), has_group, group, has_group ? strlen(group) : 0, &found);
    return found;
}

static inline philae_citations philae_all_citations(void) {
    philae_citations citations;
    philae_import_citations(&citations);
    return citations;
}

static inline philae_maybe_position philae_find_position(void) {
    philae_maybe_position position;
    philae_import_position(&position);
    return position;
}

static inline philae_xpath_value philae_xpath(const char *expression) {
    philae_xpath_value value;
    philae_import_xpath(expression, strlen(expression), &value);
    return value;
}

// Lines, settings, numbers.

static inline void philae_log(philae_level level, philae_text line) { philae_import_log(level, line.at, line.length); }

static inline philae_maybe_text philae_config(const char *key) {
    philae_maybe_text value;
    philae_import_config(key, strlen(key), &value);
    return value;
}

static inline void philae_count(const char *name, uint64_t by) { philae_import_count(name, strlen(name), by); }
static inline void philae_gauge(const char *name, double value) { philae_import_gauge(name, strlen(name), value); }

// State, which lasts from event to event.

static inline philae_maybe_text philae_get(philae_text key) {
    philae_maybe_text value;
    philae_import_get(key.at, key.length, &value);
    return value;
}

// Kept for so many seconds; for good with 0.
static inline philae_written philae_set(philae_text key, philae_text value, uint64_t ttl_seconds) {
    philae_written written;
    bool has_ttl = ttl_seconds != 0;
    philae_import_set(key.at, key.length, value.at, value.length, has_ttl, (int64_t)ttl_seconds, &written);
    return written;
}

static inline void philae_delete(philae_text key) { philae_import_delete(key.at, key.length); }

static inline philae_written philae_increment(philae_text key, int64_t by) {
    philae_written written;
    philae_import_increment(key.at, key.length, by, &written);
    return written;
}

// `expected` is NULL for a key that is not there.
static inline philae_written philae_swap(philae_text key, const philae_text *expected, philae_text value) {
    philae_written written;
    philae_text old = expected != NULL ? *expected : (philae_text){0};
    philae_import_swap(key.at, key.length, expected != NULL, old.at, old.length, value.at, value.length, &written);
    return written;
}

static inline philae_texts philae_keys(philae_text prefix, uint32_t limit) {
    philae_texts keys;
    philae_import_keys(prefix.at, prefix.length, limit, &keys);
    return keys;
}

// Packets of its own, if that is granted.
static inline philae_published philae_publish(philae_text packet) {
    philae_published published;
    philae_import_publish(packet.at, packet.length, &published);
    return published;
}

// For handlers whose settings cannot be wrong. Else a function that gives NULL, or what is wrong with them.
static inline const char *philae_ready(void) { return NULL; }

#define PHILAE_EXPORT(name) __attribute__((export_name("philae:handler/handler@1.0.0#" name)))

// What the module exports: all that the broker calls.
#define PHILAE_HANDLER(its_name, its_version, init, handle)                                                            \
    __attribute__((export_name("cabi_realloc"))) void *philae_realloc(void *old, size_t, size_t, size_t);              \
    void *philae_realloc(void *old, size_t old_size, size_t align, size_t size) {                                      \
        (void)old_size;                                                                                                \
        /* Nothing of size 0 is read, and malloc's alignment is enough for all that there is. */                       \
        void *place = size == 0 ? (void *)align : realloc(old, size);                                                  \
        if (place == NULL)                                                                                             \
            __builtin_trap();                                                                                          \
        return place;                                                                                                  \
    }                                                                                                                  \
    PHILAE_EXPORT("describe") void *philae_describe(void);                                                             \
    void *philae_describe(void) {                                                                                      \
        static struct { philae_text name, version; philae_texts roles, streams; } description;                         \
        description.name = philae_text_of(its_name);                                                                   \
        description.version = philae_text_of(its_version);                                                             \
        return &description;                                                                                           \
    }                                                                                                                  \
    PHILAE_EXPORT("init") void *philae_init(void);                                                                     \
    void *philae_init(void) {                                                                                          \
        static philae_maybe_text result;                                                                               \
        const char *wrong = init();                                                                                    \
        if (wrong != NULL)                                                                                             \
            result = (philae_maybe_text){true, philae_text_of(wrong)};                                                 \
        return &result;                                                                                                \
    }                                                                                                                  \
    PHILAE_EXPORT("handle")                                                                                            \
    void *philae_handle(uint64_t, const char *, size_t, const char *, size_t, int, const char *, size_t, int, int64_t, \
                        uint32_t, int64_t, uint32_t, const char *, size_t, uint32_t);                                  \
    void *philae_handle(uint64_t seq, const char *ivoid, size_t ivoid_length, const char *stream,                      \
                        size_t stream_length, int role, const char *media_type, size_t media_type_length,              \
                        int is_authored, int64_t authored, uint32_t authored_nanoseconds, int64_t received,            \
                        uint32_t received_nanoseconds, const char *source, size_t source_length, uint32_t attempt) {   \
        static philae_outcome outcome;                                                                                 \
        philae_envelope event = {                                                                                      \
            .seq = seq,                                                                                                \
            .ivoid = {ivoid, ivoid_length},                                                                            \
            .stream = {stream, stream_length},                                                                         \
            .role = (philae_role)role,                                                                                 \
            .media_type = {media_type, media_type_length},                                                             \
            .authored = {is_authored != 0, {authored, authored_nanoseconds}},                                          \
            .received = {received, received_nanoseconds},                                                              \
            .source = {source, source_length},                                                                         \
            .attempt = attempt,                                                                                        \
        };                                                                                                             \
        outcome = handle(&event);                                                                                      \
        return &outcome;                                                                                               \
    }

#endif
