"""Says which events lie in the cones of a watch list, a file in a folder that the handler is granted.

The list is read anew for each event, so that it may be changed at any time. Each match is a line with the angular distance; an
event that lies outside of a cone by less than its own error radius is told as such. What a cone is stands in cones.py.
"""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.handler import Description
from wit_world.imports import config, event, log, metrics
from wit_world.imports.log import Level
from wit_world.imports.philae_handler_types import Failure_Retry

import cones
import files

# Frames whose longitude and latitude are right ascension and declination of J2000, near enough for any cone.
FRAMES = {"ICRS", "FK5"}
# What is told of a bad list in one event's lines; the rest is counted.
MAX_FAULTS = 5


class Handler(exports.Handler):
    def describe(self):
        """What it is, and which events it wants where its settings do not say."""
        return Description(name="cone-watch", version="0.1.0", roles=[], streams=[])

    def init(self):
        """Loads only with a list that is right throughout: whoever starts it is there to mend it."""
        try:
            worst_error()
            _, faults = cones.parse(files.read(list_path()))
        except (OSError, ValueError) as error:
            raise Err(str(error)) from None
        if faults:
            raise Err(f"{list_path()}: " + "; ".join(told(faults)))

    def handle(self, envelope):
        """Looks for one event. A line gone bad since the start is told and left out: no alert is missed for it."""
        place = event.position()
        if place is None:
            log.write(Level.DEBUG, f"{envelope.ivoid} has no position")
            return
        if not FRAMES & set(place.system.upper().split("-")) and place.system:
            log.write(Level.WARN, f"{envelope.ivoid} is given in {place.system}, which is not compared")
            return
        error = place.error_radius or 0.0
        if error > worst_error():
            log.write(Level.DEBUG, f"{envelope.ivoid} is known to {error:g} deg only: passed over")
            return
        watched = watch_list()
        matches = cones.matches(watched, (place.longitude, place.latitude), error)
        for match in matches:
            log.write(Level.INFO, f"{envelope.ivoid}: {match}")
        metrics.count("inside", sum(match.is_inside for match in matches))
        metrics.count("perhaps", sum(not match.is_inside for match in matches))


def watch_list():
    """The cones of the list as it is now."""
    try:
        watched, faults = cones.parse(files.read(list_path()))
    except OSError as error:
        raise Err(Failure_Retry(str(error))) from None
    for fault in told(faults):
        log.write(Level.WARN, f"{list_path()}: {fault}")
    return watched


def told(faults):
    """The first faults, and how many more there are."""
    more = len(faults) - MAX_FAULTS
    return [*map(str, faults[:MAX_FAULTS]), *([f"and {more} lines more"] if more > 0 else [])]


def list_path():
    return config.get("list") or "/watch/list.csv"


def worst_error():
    """The error radius beyond which an event is passed over, in degrees."""
    text = config.get("max-error") or "180"
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"max-error: '{text}' is no number of degrees") from None
