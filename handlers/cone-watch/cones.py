"""Cones on the sky: reading a list of them, and finding those that a position lies in.

A line of the list is `name, right ascension, declination, radius`; `#` begins a comment. Angles are degrees, or sexagesimal:
right ascension in hours (05:34:31.9, 5h34m31.9s), declination in degrees (+22:00:52, 22d00m52s). The radius is in degrees, or
says `arcmin` or `arcsec`. A line that can be read in more than one way is a fault: a cone in the wrong place is worse than none.
"""

import csv
import re
from math import atan2, cos, degrees, hypot, radians, sin
from typing import NamedTuple

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SEXAGESIMAL = re.compile(
    r"([+-]?)(\d{1,3})\s*([:hd°]|\s)\s*(\d{1,2})\s*(?:[:m'′]|\s)\s*(\d{1,2}(?:\.\d*)?)\s*(?:s|\"|″)?", re.ASCII
)
RADIUS_UNITS = {"": 1.0, "deg": 1.0, "arcmin": 1 / 60, "arcsec": 1 / 3600}


class Cone(NamedTuple):
    """A place and a radius, in degrees."""

    name: str
    ra: float
    dec: float
    radius: float


class Fault(NamedTuple):
    """A line of a list that is not understood."""

    line: int
    why: str

    def __str__(self):
        return f"line {self.line}: {self.why}"


class Match(NamedTuple):
    """A cone that a position may lie in."""

    cone: Cone
    distance: float
    error: float

    @property
    def is_inside(self):
        return self.distance <= self.cone.radius

    def __str__(self):
        cone = f"{self.distance:.4f} deg from {self.cone.name}"
        if self.is_inside:
            return f"{cone}, within its {self.cone.radius:g} deg"
        return f"{cone}, outside of its {self.cone.radius:g} deg by less than the event's error of {self.error:g} deg"


def matches(cones, place, error):
    """The cones that a position with an error radius reaches into, nearest first."""
    near = (Match(cone, separation(place, (cone.ra, cone.dec)), error) for cone in cones)
    return sorted((match for match in near if match.distance <= match.cone.radius + error), key=lambda match: match.distance)


def separation(one, other):
    """The angle between two places (longitude, latitude), in degrees: Vincenty's formula for a sphere, which is right from
    nothing to antipodes, at poles and across 0h."""
    turn = radians(other[0] - one[0])
    first, second = radians(one[1]), radians(other[1])
    across = hypot(
        cos(second) * sin(turn),
        cos(first) * sin(second) - sin(first) * cos(second) * cos(turn),
    )
    along = sin(first) * sin(second) + cos(first) * cos(second) * cos(turn)
    return degrees(atan2(across, along))


def parse(text):
    """The cones of a list, and the faults of the lines that are none."""
    found, faults = [], []
    is_first = True
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            fields = [field.strip() for field in next(csv.reader([line], skipinitialspace=True, strict=True))]
            if not (is_first and is_heading(fields)):
                found.append(cone(fields))
        except (ValueError, csv.Error) as error:
            faults.append(Fault(number, str(error)))
        is_first = False
    return found, faults


def is_heading(fields):
    return [field.lower() for field in fields[1:3]] == ["ra", "dec"]


def cone(fields):
    if len(fields) != 4:
        raise ValueError(f"there are {len(fields)} fields, not 4: name, right ascension, declination, radius")
    name, ra, dec, radius = fields
    if not name:
        raise ValueError("it has no name")
    return Cone(name, right_ascension(ra), declination(dec), radius_of(radius))


def right_ascension(text):
    """In degrees, from 0 to 360."""
    if NUMBER.fullmatch(text):
        return within(float(text), 0, 360, text, "right ascension")
    value, unit = sexagesimal(text, "right ascension")
    hours = unit != "d" and unit != "°"
    return within(value * 15 if hours else value, 0, 360, text, "right ascension")


def declination(text):
    """In degrees, from -90 to 90."""
    if NUMBER.fullmatch(text):
        return within(float(text), -90, 90, text, "declination")
    value, unit = sexagesimal(text, "declination")
    if unit == "h":
        raise ValueError(f"declination '{text}' is in hours")
    return within(value, -90, 90, text, "declination")


def radius_of(text):
    """In degrees, from 0 to 180."""
    number = NUMBER.match(text)
    unit = text[number.end() :].strip() if number else None
    if unit not in RADIUS_UNITS:
        raise ValueError(f"radius '{text}' is no number of degrees, arcmin or arcsec")
    return within(float(number[0]) * RADIUS_UNITS[unit], 0, 180, text, "radius")


def sexagesimal(text, what):
    """The value, and what divides its first two parts."""
    parts = SEXAGESIMAL.fullmatch(text)
    if not parts:
        raise ValueError(f"{what} '{text}' is neither degrees nor sexagesimal")
    sign, whole, unit, minutes, seconds = parts.groups()
    if float(minutes) >= 60 or float(seconds) >= 60:
        raise ValueError(f"{what} '{text}' has 60 minutes or seconds")
    value = int(whole) + int(minutes) / 60 + float(seconds) / 3600
    return (-value if sign == "-" else value), unit


def within(value, least, most, text, what):
    if not least <= value <= most:
        raise ValueError(f"{what} '{text}' is not from {least} to {most} degrees")
    return value
