// Writes the position of each event as a region that SAOImage DS9, Aladin and TOPCAT show: a circle of the error's radius.
//
// The packet comes on standard input, and what is printed becomes the handler's log, from where the line is copied, or piped:
// `philae handler logs ds9-region`. Exit status: 0 the event is handled, 1 it cannot be read.
//
// Only the first Position2D of an ObservationLocation counts, in degrees by name, in the usual order of axes and in a frame that DS9
// knows. All else is said and left out: a region at a wrong place is worse than none.

#include "xml.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// The radius of the mark where no error is given, in degrees.
#define MARK 0.01
// Room for a number, a unit or a name.
#define WORD 64

static char packet[(4 << 20) + 1];

// What is read of a packet: texts that stand in elements of these names.
typedef struct {
    char ivorn[1024], system[128], unit[WORD], radius[WORD];
    // Of each axis: its angle, what it is called, and its own unit.
    char angles[2][WORD], names[2][WORD], units[2][WORD];
    int has_position;
} event;

// Whether an element stands right in one of that name, in a Position2D. Errors have a C1 and a C2 too.
static int is_in(const xml_place *place, const char *name) {
    xml_place parent = *place;
    parent.depth--;
    return parent.depth > 0 && xml_is(&parent, name) && xml_is_within(&parent, "Position2D");
}

// Takes an angle, and the unit that it names itself; the first counts.
static void take_axis(const xml_place *place, char *angle, char *unit) {
    if (angle[0] != '\0')
        return;
    if (place->kind == XML_ELEMENT)
        xml_attribute(place, "pos_unit", unit, WORD);
    else
        xml_text(place, angle, WORD);
}

// Takes what the reader has come to. It is in the first position until that ends.
static void take(void *into, const xml_place *place) {
    event *found = into;
    if (place->kind == XML_ELEMENT && place->depth == 1)
        xml_attribute(place, "ivorn", found->ivorn, sizeof found->ivorn);
    if (found->has_position == 2 || !xml_is_within(place, "ObservationLocation"))
        return;
    if (place->kind == XML_ELEMENT && xml_is(place, "AstroCoords") && found->has_position == 0)
        xml_attribute(place, "coord_system_id", found->system, sizeof found->system);
    if (xml_is(place, "Position2D")) {
        if (place->kind == XML_ELEMENT) {
            found->has_position = 1;
            xml_attribute(place, "unit", found->unit, WORD);
        } else if (place->kind == XML_END) {
            found->has_position = 2;
        }
    }
    if (is_in(place, "Value2")) {
        if (xml_is(place, "C1"))
            take_axis(place, found->angles[0], found->units[0]);
        else if (xml_is(place, "C2"))
            take_axis(place, found->angles[1], found->units[1]);
    } else if (place->kind == XML_END && is_in(place, "Position2D")) {
        if (xml_is(place, "Name1"))
            xml_text(place, found->names[0], WORD);
        else if (xml_is(place, "Name2"))
            xml_text(place, found->names[1], WORD);
        else if (xml_is(place, "Error2Radius"))
            xml_text(place, found->radius, WORD);
    }
}

// A decimal number and nothing besides; strtod alone takes `inf`, `0x2` and `12 apples`.
static int number(const char *text, double *value) {
    if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return 0;
    char *rest;
    *value = strtod(text, &rest);
    return *rest == '\0' && isfinite(*value);
}

// Whether an axis is in degrees: by its own unit, or else by the one that `deg`, `deg deg` or `deg-deg` has for it.
static int is_in_degrees(const char *own, const char *unit, int axis) {
    static const char *const names[] = {"deg", "degs", "degree", "degrees"};
    static const char gaps[] = " -,";
    const char *at = own[0] != '\0' ? own : unit;
    at += strspn(at, gaps);
    size_t length = strcspn(at, gaps);
    const char *next = at + length + strspn(at + length, gaps);
    if (own[0] == '\0' && axis == 1 && *next != '\0') {
        at = next;
        length = strcspn(at, gaps);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && strncasecmp(at, names[i], length) == 0)
            return 1;
    return 0;
}

// Whether what an axis is called begins with one of two words.
static int is_called(const char *name, const char *one, const char *other) {
    return strncasecmp(name, one, strlen(one)) == 0 || strncasecmp(name, other, strlen(other)) == 0;
}

// What DS9 calls the frame of a system such as UTC-FK5-GEO.
static const char *frame(const char *system) {
    static const char *const frames[][2] = {{"ICRS", "icrs"}, {"FK5", "fk5"}, {"FK4", "fk4"}, {"GAL", "galactic"}};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
        if (strstr(system, frames[i][0]) != NULL)
            return frames[i][1];
    return NULL;
}

// Braces would end the text of a region.
static void make_plain(char *text) {
    for (; *text != '\0'; text++)
        if (strchr("{}\"\n\r\t", *text) != NULL)
            *text = ' ';
}

static int none(const event *found, const char *why) {
    printf("# %s: %s\n", found->ivorn, why);
    return 0;
}

int main(void) {
    size_t length = fread(packet, 1, sizeof packet - 1, stdin);
    packet[length] = '\0';
    static event found;
    const char *fault = length == sizeof packet - 1 ? "it is too long" : xml_read(packet, length, take, &found);
    if (fault == NULL && found.ivorn[0] == '\0')
        fault = "it has no identifier";
    if (fault != NULL) {
        fprintf(stderr, "the packet cannot be read: %s\n", fault);
        return 1;
    }
    make_plain(found.ivorn);
    if (found.has_position == 0)
        return none(&found, "no position");
    const char *of = frame(found.system);
    if (of == NULL)
        return none(&found, "a position in a frame that is not drawn");
    if (is_called(found.names[0], "dec", "lat") || is_called(found.names[1], "ra", "lon"))
        return none(&found, "a position whose axes stand in another order");
    if (!is_in_degrees(found.units[0], found.unit, 0) || !is_in_degrees(found.units[1], found.unit, 1))
        return none(&found, "a position that is not in degrees");
    double longitude, latitude, radius = MARK;
    if (!number(found.angles[0], &longitude) || !number(found.angles[1], &latitude) || fabs(latitude) > 90 ||
        fabs(longitude) > 360)
        return none(&found, "a position that is none");
    int has_radius = number(found.radius, &radius) && radius > 0 && radius <= 180;
    if (longitude == 0 && latitude == 0 && !has_radius)
        return none(&found, "the position 0 0, by which authors say that there is none yet");
    printf("%s;circle(%.6f,%.6f,%.6f) # text={%s}%s\n", of, longitude < 0 ? longitude + 360 : longitude, latitude,
           has_radius ? radius : MARK, found.ivorn, has_radius ? "" : " dash=1");
    return 0;
}
