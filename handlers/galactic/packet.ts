// Reads a VOEvent packet: as much of XML as it takes to find an element by its place, whatever the prefixes, and not to be misled
// by comments, CDATA sections, instructions or a document type. The broker has seen to it that the packet is well-formed.

const LT: u8 = 0x3c;
const GT: u8 = 0x3e;
const SLASH: u8 = 0x2f;
const QUOTES: StaticArray<u8> = [0x22, 0x27];
const TURN: f64 = 360.0;
// What is read of an element's text goes no further once it is so long: what is asked for is short.
const MAX_TEXT = 1000;

/** A place in the sky, in degrees. */
export class Position {
  constructor(public longitude: f64, public latitude: f64, public system: string) {}

  /** Whether that is right ascension and declination of J2000, near enough; a system that is not named is. */
  isEquatorial(): bool {
    const parts = this.system.split("-");
    return this.system == "" || parts.includes("FK5") || parts.includes("ICRS");
  }
}

/** An element with what is in it. */
class Element {
  attributes: Map<string, string> = new Map();
  children: Element[] = [];
  text: string = "";
  constructor(public name: string) {}

  /** Adds to its text. */
  add(piece: string): void {
    if (this.text.length <= MAX_TEXT) this.text += piece;
  }

  /** The children of a name. */
  all(name: string): Element[] {
    const found: Element[] = [];
    for (let i = 0; i < this.children.length; i++) {
      if (this.children[i].name == name) found.push(this.children[i]);
    }
    return found;
  }

  first(name: string): Element | null {
    const found = this.all(name);
    return found.length > 0 ? found[0] : null;
  }

  attribute(name: string): string | null {
    return this.attributes.has(name) ? this.attributes.get(name) : null;
  }
}

/** The first position that can be read for certain. */
export function findPosition(packet: Packet): Position | null {
  let places: Element[] = [packet.root];
  const path: string[] = ["WhereWhen", "ObsDataLocation", "ObservationLocation", "AstroCoords"];
  for (let i = 0; i < path.length; i++) {
    const deeper: Element[] = [];
    for (let j = 0; j < places.length; j++) {
      const found = places[j].all(path[i]);
      for (let k = 0; k < found.length; k++) deeper.push(found[k]);
    }
    places = deeper;
  }
  for (let i = 0; i < places.length; i++) {
    const system = places[i].attribute("coord_system_id");
    const found = places[i].all("Position2D").concat(places[i].all("Position3D"));
    for (let j = 0; j < found.length; j++) {
      const place = angles(found[j], system == null ? "" : system.trim());
      if (place != null) return place;
    }
  }
  return null;
}

/** Longitude and latitude, if their axes, units and values are beyond doubt. */
function angles(position: Element, system: string): Position | null {
  if (begins(position.first("Name1"), "dec", "lat") || begins(position.first("Name2"), "ra", "lon")) return null;
  let value = position.first("Value2");
  if (value == null) value = position.first("Value3");
  if (value == null) return null;
  const c1 = value.first("C1");
  const c2 = value.first("C2");
  if (c1 == null || c2 == null) return null;
  const named = position.attribute("unit");
  const units = words(named == null ? "" : named);
  const first = units.length > 0 ? units[0] : "deg";
  const longitude = number(c1.text) * scale(unitOf(c1, first), true);
  const latitude = number(c2.text) * scale(unitOf(c2, units.length > 1 ? units[1] : first), false);
  // What is no number is in no range.
  if (!(Math.abs(longitude) <= TURN && Math.abs(latitude) <= TURN / 4.0)) return null;
  const turned = longitude < 0.0 ? longitude + TURN : longitude;
  return new Position(turned < TURN ? turned : 0.0, latitude, system);
}

function unitOf(axis: Element, otherwise: string): string {
  const own = axis.attribute("pos_unit");
  return own == null ? otherwise : own;
}

/** Degrees in a unit; NaN if it is not known, or is no unit of that axis. */
function scale(unit: string, isLongitude: bool): f64 {
  const name = unit.trim().toLowerCase();
  if (name == "deg" || name == "degs" || name == "degree" || name == "degrees") return 1.0;
  if (name == "rad" || name == "radian" || name == "radians") return 180.0 / Math.PI;
  if (name == "arcmin") return 1.0 / 60.0;
  if (name == "arcsec") return 1.0 / 3600.0;
  const isHours = name == "h" || name == "hr" || name == "hour" || name == "hours" || name == "hourangle";
  return isHours && isLongitude ? 15.0 : NaN;
}

/** A decimal number and nothing else; NaN if it is not one. */
function number(text: string): f64 {
  const digits = text.trim();
  if (digits.length > MAX_TEXT) return NaN;
  let hasDigit = false;
  let isMantissa = true;
  let hasPoint = false;
  for (let i = 0; i < digits.length; i++) {
    const c = digits.charCodeAt(i);
    const last = i > 0 ? digits.charCodeAt(i - 1) : 0;
    if (c >= 0x30 && c <= 0x39) hasDigit = true;
    else if ((c == 0x2b || c == 0x2d) && (i == 0 || last == 0x65 || last == 0x45)) continue;
    else if (c == 0x2e && isMantissa && !hasPoint) hasPoint = true;
    else if ((c == 0x65 || c == 0x45) && isMantissa && hasDigit) {
      isMantissa = false;
      hasDigit = false;
    } else return NaN;
  }
  return hasDigit ? parseFloat(digits) : NaN;
}

function begins(element: Element | null, one: string, other: string): bool {
  if (element == null) return false;
  const text = element.text.trim().toLowerCase();
  return text.startsWith(one) || text.startsWith(other);
}

function words(text: string): string[] {
  const found: string[] = [];
  const parts = text.replaceAll("-", " ").replaceAll(",", " ").split(" ");
  for (let i = 0; i < parts.length; i++) if (parts[i] != "") found.push(parts[i]);
  return found;
}

/** A packet that was read. */
export class Packet {
  root: Element = new Element("");
  private bytes: Uint8Array;
  private at: i32 = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = narrowed(bytes);
    const open: Element[] = [this.root];
    while (this.at < this.bytes.length) {
      const inside = open[open.length - 1];
      if (this.bytes[this.at] != LT) this.readText(inside);
      else if (this.skips("<!--")) this.past("-->");
      else if (this.skips("<![CDATA[")) inside.add(this.upTo("]]>"));
      else if (this.skips("<?")) this.past("?>");
      else if (this.skips("<!")) this.skipDocumentType();
      else if (this.skips("</")) {
        this.past(">");
        if (open.length > 1) open.pop();
      } else this.readElement(open);
    }
    const roots = this.root.children;
    if (roots.length > 0) this.root = roots[0];
  }

  /** The identifier; empty if there is none. */
  identifier(): string {
    const ivorn = this.root.attribute("ivorn");
    return ivorn == null ? "" : ivorn.trim();
  }

  private readElement(open: Element[]): void {
    this.at++;
    const element = new Element(this.name());
    open[open.length - 1].children.push(element);
    while (this.at < this.bytes.length) {
      this.skipSpace();
      if (this.skips("/>")) return;
      if (this.skips(">")) {
        open.push(element);
        return;
      }
      const start = this.at;
      const name = this.name();
      this.skipSpace();
      if (this.skips("=")) {
        this.skipSpace();
        const quote = this.at < this.bytes.length ? this.bytes[this.at++] : QUOTES[0];
        element.attributes.set(name, decoded(this.upTo(String.fromCharCode(quote))));
      }
      // Not well-formed: on with the next byte, or this would never end.
      if (this.at == start) this.at++;
    }
  }

  private readText(inside: Element): void {
    const start = this.at;
    while (this.at < this.bytes.length && this.bytes[this.at] != LT) this.at++;
    inside.add(decoded(this.slice(start, this.at)));
  }

  /** Over a document type, which may have declarations with `>` in brackets and quotes. */
  private skipDocumentType(): void {
    let depth = 0;
    while (this.at < this.bytes.length) {
      const c = this.bytes[this.at++];
      if (QUOTES.includes(c)) this.past(String.fromCharCode(c));
      else if (c == 0x5b) depth++;
      else if (c == 0x5d) depth--;
      else if (c == GT && depth <= 0) return;
    }
  }

  /** A name without its prefix. */
  private name(): string {
    const start = this.at;
    while (this.at < this.bytes.length) {
      const c = this.bytes[this.at];
      if (c <= 0x20 || c == GT || c == SLASH || c == 0x3d) break;
      this.at++;
    }
    const name = this.slice(start, this.at);
    const colon = name.lastIndexOf(":");
    return colon < 0 ? name : name.substring(colon + 1);
  }

  private skipSpace(): void {
    while (this.at < this.bytes.length && this.bytes[this.at] <= 0x20) this.at++;
  }

  private skips(text: string): bool {
    for (let i = 0; i < text.length; i++) {
      if (this.at + i >= this.bytes.length || this.bytes[this.at + i] != <u8>text.charCodeAt(i)) return false;
    }
    this.at += text.length;
    return true;
  }

  private upTo(end: string): string {
    const start = this.at;
    while (this.at < this.bytes.length) {
      const stop = this.at;
      if (this.skips(end)) return this.slice(start, stop);
      this.at++;
    }
    return this.slice(start, this.at);
  }

  private past(end: string): void {
    this.upTo(end);
  }

  private slice(from: i32, to: i32): string {
    return String.UTF8.decodeUnsafe(this.bytes.dataStart + from, to - from);
  }
}

/** A text in UTF-16 as bytes of ASCII, with `?` for all else; any other text as it is. Places and numbers are ASCII. */
function narrowed(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 2) return bytes;
  const isLittle = bytes[0] == 0xff && bytes[1] == 0xfe || bytes[0] == LT && bytes[1] == 0;
  const isBig = bytes[0] == 0xfe && bytes[1] == 0xff || bytes[0] == 0 && bytes[1] == LT;
  if (!isLittle && !isBig) return bytes;
  const narrow = new Uint8Array(bytes.length / 2);
  for (let i = 0; i < narrow.length; i++) {
    const low = bytes[2 * i + (isLittle ? 0 : 1)];
    const high = bytes[2 * i + (isLittle ? 1 : 0)];
    narrow[i] = high == 0 && low < 0x80 ? low : 0x3f;
  }
  return narrow;
}

/** A text with its references resolved: the five of XML and those by number; others stay. */
function decoded(text: string): string {
  if (!text.includes("&")) return text;
  const parts = text.split("&");
  let whole = parts[0];
  for (let i = 1; i < parts.length; i++) {
    const end = parts[i].indexOf(";");
    let meant: string | null = null;
    if (end >= 0) meant = reference(parts[i].substring(0, end));
    if (meant == null) whole += "&" + parts[i];
    else whole += meant + parts[i].substring(end + 1);
  }
  return whole;
}

function reference(name: string): string | null {
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "amp") return "&";
  if (name == "quot") return '"';
  if (name == "apos") return "'";
  if (!name.startsWith("#")) return null;
  const code = name.startsWith("#x") ? parseInt(name.substring(2), 16) : parseInt(name.substring(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(<i32>code) : null;
}
