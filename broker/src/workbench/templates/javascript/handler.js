// Says of each event how far it is from the plane of the Galaxy.
//
// What a handler may import and what it exports stands in wit/handler.wit.

import { position } from "philae:handler/event@1.0.0";
import { write } from "philae:handler/log@1.0.0";

// Nearer to the plane than this, in degrees, there are too many stars.
const CLEAR = 15;
const RADIANS = Math.PI / 180;

export const handler = {
  // What it is, and which events it wants where its settings do not say; empty is all.
  describe() {
    return { name: "{{name}}", version: "0.1.0", roles: [], streams: [] };
  },

  // Whether its settings make sense; what is thrown as a string keeps it from being loaded.
  init() {},

  // Handles one event. `throw { tag: "retry", val: "why" }` has the broker call again later, "permanent" never.
  handle(envelope) {
    const place = position();
    if (place === undefined) {
      write("info", `${envelope.ivoid} has no position`);
      return;
    }
    const { longitude, latitude } = place;
    const galactic = galacticLatitude(longitude, latitude);
    const where = Math.abs(galactic) > CLEAR ? "clear of" : "in";
    const at = `${longitude.toFixed(4)} ${latitude.toFixed(4)}`;
    write("info", `${envelope.ivoid} at ${at}, galactic latitude ${galactic.toFixed(1)}: ${where} the Milky Way`);
  },
};

// The galactic latitude of an equatorial position of J2000, all in degrees.
function galacticLatitude(longitude, latitude) {
  const [poleLongitude, poleLatitude] = [192.85948 * RADIANS, 27.12825 * RADIANS];
  [longitude, latitude] = [longitude * RADIANS, latitude * RADIANS];
  const sine =
    Math.sin(latitude) * Math.sin(poleLatitude) +
    Math.cos(latitude) * Math.cos(poleLatitude) * Math.cos(longitude - poleLongitude);
  return Math.asin(Math.max(-1, Math.min(1, sine))) / RADIANS;
}
