// Says of each event how far it is from the plane of the Galaxy.
//
// The packet comes on standard input, and what is printed becomes the handler's log. The exit status tells how it went:
// 0 the event is handled, 75 try again later, anything else it can never be handled.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Nearer to the plane than this, in degrees, there are too many stars.
#define CLEAR 15.0
#define RADIANS (3.14159265358979323846 / 180.0)

static char packet[(1 << 20) + 1];

// What stands between two texts, copied to `into`; whether there is anything.
static int between(const char *begin, char end, char *into, size_t size) {
    const char *from = strstr(packet, begin);
    if (from == NULL)
        return 0;
    from += strlen(begin);
    const char *to = strchr(from, end);
    if (to == NULL || (size_t)(to - from) >= size)
        return 0;
    memcpy(into, from, to - from);
    into[to - from] = '\0';
    return 1;
}

// The galactic latitude of an equatorial position of J2000, all in degrees.
static double galactic_latitude(double longitude, double latitude) {
    double pole_longitude = 192.85948 * RADIANS, pole_latitude = 27.12825 * RADIANS;
    longitude *= RADIANS;
    latitude *= RADIANS;
    double sine = sin(latitude) * sin(pole_latitude) +
                  cos(latitude) * cos(pole_latitude) * cos(longitude - pole_longitude);
    return asin(fmax(-1.0, fmin(1.0, sine))) / RADIANS;
}

int main(void) {
    size_t length = fread(packet, 1, sizeof packet - 1, stdin);
    packet[length] = '\0';
    char ivorn[512], first[64], second[64];
    if (!between("ivorn=\"", '"', ivorn, sizeof ivorn)) {
        fputs("it has no identifier\n", stderr);
        return 1;
    }
    if (!between("<C1>", '<', first, sizeof first) || !between("<C2>", '<', second, sizeof second)) {
        printf("%s has no position\n", ivorn);
        return 0;
    }
    double longitude = atof(first), latitude = atof(second);
    double galactic = galactic_latitude(longitude, latitude);
    printf("%s at %.4f %.4f, galactic latitude %.1f: %s the Milky Way\n", ivorn, longitude, latitude, galactic,
           fabs(galactic) > CLEAR ? "clear of" : "in");
    return 0;
}
