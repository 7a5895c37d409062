// A small reader of XML, from front to back, that calls back for each element and each end of one.
//
// What it is given is known to be well-formed. It copies nothing that is not asked for and follows no entity but
// XML's own five and numbers. What is too deep, too long or cut off is an error or empty, never something else.

#ifndef XML_H
#define XML_H

#include <stddef.h>

// Elements in elements; deeper ones are passed over.
#define XML_DEPTH 32

typedef struct { const char *at; size_t length; } xml_span;
typedef enum { XML_ELEMENT, XML_END } xml_kind;

// Where the reader is: at an element with its attributes, or at its end with its text.
typedef struct {
    xml_kind kind;
    // The root's is 1.
    size_t depth;
    // The names of the elements from the root on, without prefixes; the last is that of this one.
    const xml_span *path;
    xml_span attributes, text;
} xml_place;

typedef void xml_take(void *into, const xml_place *place);

// Reads a packet; NULL, or what is wrong with it.
const char *xml_read(const char *packet, size_t length, xml_take *take, void *into);

// Whether this element is called so, or stands in one that is.
int xml_is(const xml_place *place, const char *name);
int xml_is_within(const xml_place *place, const char *name);

// Copy an attribute, or an element's text without white space around it, with a zero at the end; empty if it is not there
// or does not fit.
void xml_attribute(const xml_place *place, const char *name, char *into, size_t size);
void xml_text(const xml_place *place, char *into, size_t size);

#endif
