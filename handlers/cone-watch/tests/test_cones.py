"""Runs with plain Python: python3 -m unittest discover tests, in the folder above."""

import math
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import cones


def by_vectors(one, other):
    """The same angle by another way: the chord between two unit vectors, and what it leaves to the antipode."""
    def vector(place):
        ra, dec = map(math.radians, place)
        return (math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec))
    a, b = vector(one), vector(other)
    return math.degrees(2 * math.atan2(math.dist(a, b), math.dist(a, [-x for x in b])))


class Separation(unittest.TestCase):
    def test_is_right_where_it_can_be_told_by_hand(self):
        for one, other, angle in [
            ((0, 0), (90, 0), 90),
            ((0, 0), (180, 0), 180),
            ((10, 90), (200, 90), 0),
            ((10, 89.5), (190, 89.5), 1),
            ((123, 90), (321, -90), 180),
            ((359.75, 0), (0.25, 0), 0.5),
            ((0, 0), (360, 0), 0),
            ((45, 0), (45, 1 / 3600), 1 / 3600),
            # A right-angled triangle: cos c = cos a cos b = 1/2.
            ((0, 0), (45, 45), 60),
        ]:
            self.assertAlmostEqual(cones.separation(one, other), angle, delta=1e-12, msg=(one, other))
            self.assertAlmostEqual(cones.separation(other, one), angle, delta=1e-12, msg=(other, one))

    def test_agrees_with_vectors_all_over_the_sky(self):
        places = [(ra, dec) for ra in range(0, 361, 24) for dec in (-90, -89.9999, -45, -1e-7, 0, 30, 60, 89.9999, 90)]
        for one in places:
            for other in places:
                angle = cones.separation(one, other)
                self.assertAlmostEqual(angle, by_vectors(one, other), delta=1e-9, msg=(one, other))

    def test_keeps_small_angles(self):
        for small in (1e-10, 1e-6, 1e-3):
            self.assertAlmostEqual(cones.separation((83, 60), (83, 60 + small)) / small, 1, delta=1e-3)


class Lists(unittest.TestCase):
    def test_take_degrees_and_sexagesimal(self):
        crab = (83.633083333333, 22.014500000000)
        for ra, dec in [
            ("05:34:31.94", "+22:00:52.2"),
            ("5h34m31.94s", "22d00m52.2s"),
            ("05 34 31.94", "22 00 52.2"),
            ("83.633083333333", "22.0145"),
            ("83d37m59.1s", "22°00′52.2″"),
        ]:
            (found,), faults = cones.parse(f"Crab, {ra}, {dec}, 30 arcmin")
            self.assertEqual(faults, [], (ra, dec))
            self.assertAlmostEqual(found.ra, crab[0], delta=1e-9)
            self.assertAlmostEqual(found.dec, crab[1], delta=1e-9)
            self.assertEqual(found.radius, 0.5)

    def test_keep_the_sign_of_a_declination_of_less_than_a_degree(self):
        (found,), _ = cones.parse("x, 1, -00:30:00, 1")
        self.assertEqual(found.dec, -0.5)

    def test_name_each_bad_line_and_keep_the_good_ones(self):
        text = '# remark\n\nname,ra,dec,radius\ngood,1,2,3\n'
        bad = [
            ("x, 1, 2", "there are 3 fields"),
            ("x, 1, 2, 3, 4", "there are 5 fields"),
            (", 1, 2, 3", "no name"),
            ("x, 361, 2, 3", "right ascension '361' is not from 0 to 360"),
            ("x, 25:00:00, 2, 3", "right ascension '25:00:00' is not"),
            ("x, -1, 2, 3", "right ascension '-1'"),
            ("x, 1, 91, 3", "declination '91'"),
            ("x, 1, 2h00m00s, 3", "in hours"),
            ("x, 1, 10:60:00, 3", "60 minutes or seconds"),
            ("x, 1, 10:20, 3", "neither degrees nor sexagesimal"),
            ("x, nan, 2, 3", "right ascension 'nan'"),
            ("x, 1, 2, inf", "radius 'inf'"),
            ("x, 1, 2, -1", "radius '-1' is not from 0 to 180"),
            ("x, 1, 2, 3 furlongs", "radius '3 furlongs'"),
            ("x, 1_0, 2, 3", "right ascension '1_0'"),
            ("x, ٣, 2, 3", "right ascension '٣'"),
            ('"x, 1, 2, 3', "unexpected end of data"),
            ("name,ra,dec,radius", "right ascension 'ra'"),
        ]
        found, faults = cones.parse(text + "\n".join(line for line, _ in bad))
        self.assertEqual([cone.name for cone in found], ["good"])
        self.assertEqual([fault.line for fault in faults], list(range(5, 5 + len(bad))))
        for fault, (line, why) in zip(faults, bad):
            self.assertIn(why, str(fault), line)


class Matches(unittest.TestCase):
    def test_count_the_error_of_the_event_and_come_nearest_first(self):
        found = cones.matches(
            [cones.Cone("far", 10, 0, 1), cones.Cone("edge", 3, 0, 1), cones.Cone("near", 1, 0, 1)], (0, 0), 2.5
        )
        self.assertEqual([(match.cone.name, match.is_inside) for match in found], [("near", True), ("edge", False)])
        self.assertIn("by less than the event's error of 2.5 deg", str(found[1]))


if __name__ == "__main__":
    unittest.main()
