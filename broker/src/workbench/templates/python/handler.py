"""Says of each event how far it is from the plane of the Galaxy.

What a handler may import and what it exports stands in wit/handler.wit.
"""

from math import asin, cos, degrees, radians, sin

from wit_world import exports
from wit_world.exports.handler import Description
from wit_world.imports import event, log
from wit_world.imports.log import Level

# Nearer to the plane than this, in degrees, there are too many stars.
CLEAR = 15


class Handler(exports.Handler):
    def describe(self):
        """What it is, and which events it wants where its settings do not say; empty is all."""
        return Description(name="{{name}}", version="0.1.0", roles=[], streams=[])

    def init(self):
        """Whether its settings make sense; `raise Err("why")` of componentize_py_types keeps it from being loaded."""

    def handle(self, envelope):
        """Handles one event. `raise Err(Failure_Retry("why"))` has the broker call again later."""
        place = event.position()
        if place is None:
            log.write(Level.INFO, f"{envelope.ivoid} has no position")
            return
        galactic = galactic_latitude(place.longitude, place.latitude)
        where = "clear of" if abs(galactic) > CLEAR else "in"
        at = f"{place.longitude:.4f} {place.latitude:.4f}"
        log.write(Level.INFO, f"{envelope.ivoid} at {at}, galactic latitude {galactic:.1f}: {where} the Milky Way")


def galactic_latitude(longitude, latitude):
    """The galactic latitude of an equatorial position of J2000, all in degrees."""
    pole_longitude, pole_latitude = radians(192.85948), radians(27.12825)
    longitude, latitude = radians(longitude), radians(latitude)
    sine = sin(latitude) * sin(pole_latitude) + cos(latitude) * cos(pole_latitude) * cos(longitude - pole_longitude)
    return degrees(asin(max(-1.0, min(1.0, sine))))
