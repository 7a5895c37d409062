// Writes the position of each event as a region that SAOImage DS9, Aladin and TOPCAT show: a circle of the error's radius.
//
// The packet comes on standard input, and what is printed becomes the handler's log, from where the line is copied, or piped:
// `philae handler logs ds9-region`. Exit status: 0 the event is handled, 1 it cannot be read.
//
// Only the first Position2D of an ObservationLocation counts, in degrees and in a frame that DS9 knows. All else is said and left out: a
// region at a wrong place is worse than none.

#include "xml.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The radius of the mark where no error is given, in degrees.
#define MARK 0.01

static char packet[(4 << 20) + 1];

// What is read of a packet: texts that stand in elements of these names.
typedef struct {
    char ivorn[1024], system[128], unit[32], first[64], second[64], radius[64];
    int has_position;
} event;

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
            xml_attribute(place, "unit", found->unit, sizeof found->unit);
        } else if (place->kind == XML_END) {
            found->has_position = 2;
        }
    }
    if (place->kind != XML_END || !xml_is_within(place, "Position2D"))
        return;
    if (xml_is(place, "C1"))
        xml_text(place, found->first, sizeof found->first);
    else if (xml_is(place, "C2"))
        xml_text(place, found->second, sizeof found->second);
    else if (xml_is(place, "Error2Radius"))
        xml_text(place, found->radius, sizeof found->radius);
}

// A decimal number and nothing besides; strtod alone takes `inf`, `0x2` and `12 apples`.
static int number(const char *text, double *value) {
    if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return 0;
    char *rest;
    *value = strtod(text, &rest);
    return *rest == '\0' && isfinite(*value);
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
    if (strncmp(found.unit, "deg", 3) != 0)
        return none(&found, "a position that is not in degrees");
    double longitude, latitude, radius = MARK;
    if (!number(found.first, &longitude) || !number(found.second, &latitude) || fabs(latitude) > 90 ||
        fabs(longitude) > 360)
        return none(&found, "a position that is none");
    int has_radius = number(found.radius, &radius) && radius > 0 && radius <= 180;
    if (longitude == 0 && latitude == 0 && !has_radius)
        return none(&found, "the position 0 0, by which authors say that there is none yet");
    printf("%s;circle(%.6f,%.6f,%.6f) # text={%s}%s\n", of, longitude < 0 ? longitude + 360 : longitude, latitude,
           has_radius ? radius : MARK, found.ivorn, has_radius ? "" : " dash=1");
    return 0;
}
