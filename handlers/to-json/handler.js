// Tells each event as JSON with the names that GCN's notices use (its unified schema, "core"), a line of the log an event.
//
// A best effort: a field is there if the packet says it for certain, and left out if it would be a guess. What becomes of what
// stands in README.md. What a handler may import and what it exports stands in wit/handler.wit of the broker.

import { citations, findParam, position, xpath } from "philae:handler/event@1.0.0";
import { get } from "philae:handler/config@1.0.0";
import { write } from "philae:handler/log@1.0.0";

// Parameters that number the notices of an event, and that name it; the first that is there counts, all names are told.
const RECORDS = ["Sequence_Num", "Notice_Number", "Pkt_Ser_Num", "Serial", "Record_Num"];
const IDS = ["TrigID", "Trigger_ID", "GraceID", "Superevent", "Burst_Id", "AMON_ID", "event_id"];
// What says how often noise alone looks like this, in Hz.
const RATES = ["FAR", "False_Alarm_Rate"];

const TENSES = { observation: "current", prediction: "planned", test: "test" };
// Streams whose author is known, by what their identifier ends in; instruments begin the local part.
const MISSIONS = new Map(Object.entries({
  swift: { mission: "Swift", instruments: ["BAT", "XRT", "UVOT"] },
  fermi: { mission: "Fermi", instruments: ["GBM", "LAT"] },
  integral: { mission: "INTEGRAL", instruments: [] },
  maxi: { mission: "MAXI", instruments: [] },
  agile: { mission: "AGILE", instruments: [] },
  gecam: { mission: "GECAM", instruments: [] },
  lvc: { mission: "LVK", instruments: [] },
}));
// Frames whose longitude and latitude are right ascension and declination of J2000.
const FRAMES = ["ICRS", "FK5"];

export const handler = {
  describe() {
    return { name: "to-json", version: "0.1.0", roles: [], streams: [] };
  },

  // What is thrown as a string keeps it from being loaded.
  init() {
    for (const key of ["records", "ids"]) names(key, []);
  },

  handle(envelope) {
    write("info", JSON.stringify(notice(envelope)));
  },
};

// The notice; what is undefined is left out by JSON.
function notice(envelope) {
  return {
    alert_datetime: time(envelope.authored),
    alert_tense: TENSES[envelope.role],
    alert_type: alertType(),
    ...reporter(envelope),
    record_number: firstNumber(names("records", RECORDS)),
    event_name: some(texts("Why/Name | Why/Inference/Name")),
    id: some(names("ids", IDS).map(param).filter((value) => value !== undefined)),
    ...place(),
    far: firstNumber(RATES, "Hz"),
    ivoid: envelope.ivoid,
  };
}

// Retracted, newer than what it replaces, or the first; undefined where it only follows another event up.
function alertType() {
  const relations = citations().map((citation) => citation.relation);
  if (relations.length === 0) return "initial";
  if (relations.includes("retraction")) return "retraction";
  if (relations.includes("supersedes")) return "update";
}

// Who saw it, if the stream is a known one.
function reporter({ ivoid, stream }) {
  const known = MISSIONS.get(stream.split("/").pop().toLowerCase());
  if (known === undefined) return {};
  const local = ivoid.slice(stream.length + 1).toUpperCase();
  const instrument = known.instruments.find((name) => local.startsWith(`${name}_`));
  return { mission: known.mission, instrument };
}

// When and where it was seen.
function place() {
  const seen = position();
  if (seen === undefined) return { trigger_time: time(instant()) };
  const trigger_time = time(seen.time);
  const isEquatorial = seen.system === "" || seen.system.split("-").some((part) => FRAMES.includes(part));
  if (!isEquatorial) return { trigger_time };
  return { trigger_time, ra: seen.longitude, dec: seen.latitude, ra_dec_error: seen.errorRadius };
}

// When it was seen, of a packet that does not say where.
function instant() {
  const path = "WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords";
  const [system] = texts(`${path}/@coord_system_id`);
  const [text] = texts(`${path}/Time/TimeInstant/ISOTime`);
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?Z?$/.exec(text ?? "");
  if (parts === null || !(system ?? "UTC").startsWith("UTC")) return undefined;
  const milliseconds = Date.parse(`${parts[1]}Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  return { seconds: BigInt(milliseconds / 1000), nanoseconds: Number((parts[2] ?? "").padEnd(9, "0")) };
}

// A moment as YYYY-MM-DDTHH:MM:SS.ssssssZ, in the years that are written so.
function time(moment) {
  if (moment === undefined) return undefined;
  const date = new Date(Number(moment.seconds) * 1000);
  const year = Number.isNaN(date.getTime()) ? -1 : date.getUTCFullYear();
  if (year < 0 || year > 9999) return undefined;
  const micros = String(Math.floor(moment.nanoseconds / 1000)).padStart(6, "0");
  return `${date.toISOString().slice(0, 19)}.${micros}Z`;
}

// The text of a parameter, if it is there and says something.
function param(name) {
  const value = findParam(name)?.value.trim();
  return value === "" ? undefined : value;
}

// The first parameter of these names that is a number, in that unit if one is asked for and named.
function firstNumber(names, unit) {
  for (const name of names) {
    const found = findParam(name);
    const isNumber = found !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(found.value.trim());
    const isInUnit = unit === undefined || (found?.unit ?? unit) === unit;
    const value = Number(found?.value);
    if (isNumber && isInUnit && Number.isFinite(value)) return value;
  }
}

// What an XPath finds, as texts; empty ones left out.
function texts(expression) {
  const found = xpath(expression);
  return (found.tag === "nodes" ? found.val : []).map((text) => text.trim()).filter((text) => text !== "");
}

function some(list) {
  return list.length === 0 ? undefined : list;
}

// A list of names in the settings, or else the usual ones.
function names(key, usual) {
  const text = get(key);
  if (text === undefined) return usual;
  let list;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  const isRight = Array.isArray(list) && list.every((name) => typeof name === "string");
  if (!isRight) throw `${key}: it is no list of names such as ["TrigID"]`;
  return list;
}
