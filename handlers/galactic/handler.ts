// Says where in the Galaxy an event lies, and warns of one near to its plane, where there are too many stars.
//
// The packet comes on standard input. A line on standard output tells the position, one on standard error warns. The exit status
// tells how it went: 0 the event is handled, anything else it can never be handled. Like the broker it takes the first position of
// WhereWhen that it can read for certain; reading the packet is left to packet.ts, the system to system.ts.

import { Packet, findPosition } from "./packet";
import { exit, print, readInput, variable, warn } from "./system";

const RADIANS: f64 = Math.PI / 180.0;
// Nearer to the plane than this, in degrees, unless the variable PLANE says otherwise.
const PLANE: f64 = 15.0;
// From equatorial coordinates of J2000 to galactic ones: the axes of ESA 1997, The Hipparcos and Tycho Catalogues, 1.5.3.
const AXES: StaticArray<f64> = [
  -0.0548755604162154, -0.8734370902348850, -0.4838350155487132,
  0.4941094278755837, -0.4448296299600112, 0.7469822444972189,
  -0.8676661490190047, -0.1980763734312015, 0.4559837761750669,
];

function main(): void {
  const packet = new Packet(readInput());
  const ivorn = packet.identifier();
  if (ivorn == "") {
    warn("this is no packet: its root has no ivorn");
    exit(1);
  }
  const near = nearPlane();
  const place = findPosition(packet);
  if (place == null) {
    print(`${ivorn} has no position`);
    return;
  }
  if (!place.isEquatorial()) {
    print(`${ivorn} is given in ${place.system}, which is not converted`);
    return;
  }
  const galactic = toGalactic(place.longitude, place.latitude);
  const told = `${ivorn} at l ${degrees(galactic[0])} b ${degrees(galactic[1])}`;
  print(told);
  if (Math.abs(galactic[1]) < near) warn(`${told}: within ${shown(near)} deg of the galactic plane`);
}

/** Galactic longitude, from 0 up to 360, and latitude of an equatorial position of J2000; all in degrees. */
function toGalactic(longitude: f64, latitude: f64): StaticArray<f64> {
  const across = Math.cos(latitude * RADIANS);
  const x = across * Math.cos(longitude * RADIANS);
  const y = across * Math.sin(longitude * RADIANS);
  const z = Math.sin(latitude * RADIANS);
  const axis = (row: i32, x: f64, y: f64, z: f64): f64 => AXES[row] * x + AXES[row + 1] * y + AXES[row + 2] * z;
  const u = axis(0, x, y, z);
  const v = axis(3, x, y, z);
  const w = axis(6, x, y, z);
  // Both by the arc's tangent, which keeps its precision at the poles, where the arc's sine has none.
  const l = Math.atan2(v, u) / RADIANS;
  const b = Math.atan2(w, Math.sqrt(u * u + v * v)) / RADIANS;
  return [l < 0.0 ? l + 360.0 : l, b];
}

/** What counts as near to the plane. */
function nearPlane(): f64 {
  const text = variable("PLANE");
  if (text == null) return PLANE;
  const value = parseFloat(text);
  if (value >= 0.0 && value <= 90.0) return value;
  warn(`PLANE is '${text}', which is no number of degrees from 0 to 90`);
  exit(1);
  return PLANE;
}

/** An angle with four decimals; what would round to a whole turn is 0. */
function degrees(value: f64): string {
  const scaled = <i64>Math.round(Math.abs(value) * 10000.0) % 3600000;
  const sign = value < 0.0 && scaled > 0 ? "-" : "";
  return sign + (scaled / 10000).toString() + "." + (scaled % 10000).toString().padStart(4, "0");
}

/** A number without needless decimals. */
function shown(value: f64): string {
  const text = value.toString();
  return text.endsWith(".0") ? text.substring(0, text.length - 2) : text;
}

main();
