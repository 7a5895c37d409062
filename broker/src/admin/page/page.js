// The page: what the broker tells, live. All that strangers wrote is set as text, never as markup.
import { chart } from "/chart.js";
import { age, build, cells, degrees, number, place, rows, size, span } from "/build.js";
import { Sky } from "/sky.js";
import { Orders } from "/orders.js";

/** Events that are kept, as many as the broker keeps; and rows of the table. */
const KEPT = 500;
const ROWS = 50;
/** The shortest time between two drawings, in milliseconds; and when more comes than anybody reads. */
const PACE = 1000;
const FLOOD_PACE = 2500;
const FLOOD = 20;

const at = (selector) => document.querySelector(selector);
const body = (section) => at(`${section} tbody`);

const state = { status: null, log: undefined, events: [], shown: [], asked: null, fresh: new Set(), drawn: -Infinity, waiting: false, isFlood: false, live: false };
const orders = new Orders(refresh);
const sky = new Sky(at("#map"), show);

// What is told, as it is told. A browser connects again by itself.
function listen() {
  const source = new EventSource("/api/stream");
  source.addEventListener("open", () => { standing(true); recall(); });
  source.addEventListener("error", () => standing(false));
  source.addEventListener("status", (event) => { state.status = JSON.parse(event.data); later(); });
  source.addEventListener("events", (event) => { arrive(JSON.parse(event.data)); });
  source.addEventListener("missed", recall);
}

function standing(isLive) {
  state.live = isLive;
  at("#live").textContent = isLive ? "live" : "no connection; trying again";
  at("#live").dataset.state = isLive ? "live" : "away";
}

/** Takes the latest events anew: at the start, and after something was missed. */
async function recall() {
  try {
    const answer = await fetch(`/api/events?limit=${KEPT}`);
    const { events } = await answer.json();
    // What has passed meanwhile is newer; a broker with another log begins anew.
    const newest = events.length ? events[0].seq : 0;
    const isSame = state.log === state.status?.store.id;
    state.log = state.status?.store.id;
    state.events = (isSame ? state.events.filter((event) => event.seq > newest) : []).concat(events).slice(0, KEPT);
    later();
  } catch {
    // The stream is down too then, and this is called again when it is back.
  }
}

/** Takes events that have just passed, the oldest first. */
function arrive(events) {
  const newest = state.events.length ? state.events[0].seq : 0;
  const news = events.filter((event) => event.seq > newest).reverse();
  for (const event of news) state.fresh.add(event.seq);
  if (state.fresh.size > KEPT) state.fresh.clear();
  state.events = news.concat(state.events).slice(0, KEPT);
  later();
}

/** Draws soon, at most once in a while, and not at all where nobody looks. */
function later() {
  if (state.waiting || document.hidden) return;
  state.waiting = true;
  const pace = state.isFlood ? FLOOD_PACE : PACE;
  const rest = Math.max(0, state.drawn + pace - performance.now());
  setTimeout(() => requestAnimationFrame(draw), rest);
}

function draw() {
  state.waiting = false;
  // Until all of it has come there is nothing to be spared.
  if (state.status) state.drawn = performance.now();
  state.isFlood = state.fresh.size > FLOOD;
  // Held, the same events stay, and can still be searched.
  state.shown = at("#hold").checked ? state.shown : state.events;
  drawEvents();
  sky.draw(state.shown);
  if (state.status) drawStatus(state.status);
}

function drawEvents() {
  const words = at("#words").value.trim().toLowerCase();
  const role = at("#role").value;
  const fits = (event) => (!role || event.role === role)
    && (!words || `${event.ivoid} ${event.author ?? ""}`.toLowerCase().includes(words));
  const found = state.shown.filter(fits);
  rows(at("#events"), found.slice(0, ROWS), (event) => {
    const row = cells([
      { time: event.received },
      { role: event.role },
      { button: event.ivoid, press: () => show(event) },
      { text: event.author ?? "", wide: true },
      { number: event.position ? degrees(event.position.ra) : "" },
      { number: event.position ? degrees(event.position.dec) : "" },
      { number: event.position?.error != null ? degrees(event.position.error) : "", wide: true },
    ]);
    if (state.fresh.has(event.seq)) row.classList.add("new");
    return row;
  }, "no event yet");
  state.fresh.clear();
  const placed = state.shown.filter((event) => event.position).length;
  at("#map-note").textContent = `${placed} of the latest ${number(state.shown.length)} events give a position. `
    + "Right ascension grows to the left, from 0h at the right edge.";
  at("#events-note").textContent = found.length > ROWS ? `${number(found.length - ROWS)} more are not shown.` : "";
}

function drawStatus(status) {
  const now = Date.parse(status.now);
  const since = (time) => age(now, time);
  at("#about").textContent = `${status.local_ivo ?? ""} · version ${status.version} · up ${since(status.started)}`;
  const isWell = Object.values(status.health).every((stage) => stage.state === "well");
  document.title = isWell ? "Philae" : "! Philae";
  const stages = ["process", "store", "upstreams", "handlers"].map((name) => {
    const stage = status.health[name];
    const item = build("li", {}, build("b", {}, name), stage.state, stage.reason ? `: ${stage.reason}` : "");
    item.dataset.state = stage.state;
    return item;
  });
  at("#health").replaceChildren(...stages);
  chart(at("#chart"), status.per_minute);
  rows(body("#upstreams"), status.upstreams, (link) => cells([
    { text: link.upstream, trouble: link.trouble }, { state: link.state }, { number: since(link.since) },
    { number: since(link.last_event) }, { number: since(link.last_heartbeat) },
    { number: number(link.events), wide: true }, { number: number(link.duplicates), wide: true },
  ]), "this broker subscribes to none");
  rows(body("#streams"), status.streams.slice(0, ROWS), (stream) => cells([
    { text: stream.stream }, { role: stream.last_role }, { number: since(stream.last) }, { number: number(stream.events) },
  ]), "nothing has spoken yet");
  const others = status.connected - status.subscribers.length;
  at("#subscribers .note").textContent = others ? `${number(others)} more keep up better.` : "";
  rows(body("#subscribers"), status.subscribers, (seat) => cells([
    { text: seat.peer }, { codes: filters(seat) }, { number: number(seat.lag) },
    { number: since(seat.since) }, { number: number(seat.delivered), wide: true }, { number: number(seat.naks), wide: true },
  ]), "nobody is connected");
  rows(body("#handlers"), status.handlers, (handler) => {
    const counts = handler.counts ?? {};
    const perCall = counts.calls ? span(counts.busy_micros / counts.calls) : "";
    return cells([
      { text: handler.name, trouble: handler.trouble ?? counts.last_error }, { state: handler.state },
      { number: handler.lag === null ? "-" : number(handler.lag) }, { number: number(counts.calls ?? 0) }, { number: number(counts.failures ?? 0) },
      { number: perCall }, { number: number(status.quarantined[handler.name] ?? 0) },
      { text: `${handler.shape} ${handler.revision.slice(0, 12)}`, wide: true }, { orders: orders.ofHandler(handler) },
    ]);
  }, "no handlers; the broker is given a folder of them with --handlers DIR");
  orders.quarantine(at("#quarantine"), status, since);
  orders.offer(status.orders);
  facts(at("#facts"), factsOf(status, since));
}

function filters({ filters, more_filters }) {
  const told = filters.map(({ xpath, over_budget }) => (over_budget ? `${xpath}   (too costly on ${over_budget} events)` : xpath));
  return more_filters ? [...told, `and ${more_filters} more`] : told;
}

function factsOf({ store, intake, retention_s, min_free_bytes, receive, broadcast }) {
  const kept = Math.max(0, store.head + 1 - Math.max(1, store.oldest));
  return [
    ["events kept", `${number(kept)}, up to number ${number(store.head)}`],
    ["on disk", `${size(store.disk_bytes ?? 0)}; ${store.free_bytes == null ? "?" : size(store.free_bytes)} free, ${size(min_free_bytes)} are kept free`],
    ["kept for", retention_s == null ? "ever" : span(retention_s * 1e6)],
    ["accepted", number(intake.accepted)],
    ["known already", number(intake.duplicates)],
    ["refused", `${number(intake.refused)} unfit, ${number(intake.kept_out)} by rules, ${number(intake.not_kept)} for want of room`],
    ["damage on record", number(store.damages)],
    ["authors", receive.join(", ") || "not received"],
    ["subscribers", broadcast.join(", ") || "not broadcast to"],
  ];
}

function facts(list, pairs) {
  list.replaceChildren(...pairs.flatMap(([name, value]) => [build("dt", {}, name), build("dd", {}, value)]));
}

/** Shows one event with its packet. */
async function show(event) {
  const dialog = at("#packet");
  at("#packet-name").textContent = event.ivoid;
  facts(dialog.querySelector("dl"), [
    ["number in the log", number(event.seq)], ["accepted", event.received], ["made", event.authored ?? "not told"],
    ["role", event.role], ["author", event.author ?? "not told"], ["brought by", event.source],
    ["position", place(event.position)], ["cites", number(event.citations)], ["length", size(event.bytes)],
    ["not valid VOEvent 2.0", event.is_flagged ? "yes, and taken all the same" : "no"],
    ["identifier seen with other bytes", event.conflict ? "yes" : "no"],
  ]);
  const path = `/api/events/${event.seq}`;
  dialog.querySelector("a").href = `${path}/packet`;
  const text = dialog.querySelector("pre");
  text.textContent = "";
  state.asked = event.seq;
  dialog.showModal();
  const told = await fetch(path)
    .then(async (answer) => (answer.ok ? (await answer.json()).packet : answer.text()))
    .catch(() => "there is no connection to the broker");
  // Another may have been asked for meanwhile.
  if (state.asked === event.seq) text.textContent = told;
}

async function refresh() {
  const answer = await fetch("/api/status").catch(() => null);
  if (answer?.ok) state.status = await answer.json();
  draw();
}

function theme(choice) {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme; else root.dataset.theme = choice;
  at("#theme").textContent = `theme: ${choice}`;
  localStorage.setItem("theme", choice);
  sky.draw(state.shown);
}

const THEMES = ["system", "light", "dark"];
at("#theme").addEventListener("click", () => {
  const now = THEMES.indexOf(localStorage.getItem("theme") ?? "system");
  theme(THEMES[(now + 1) % THEMES.length]);
});
at("#narrow").addEventListener("submit", (event) => event.preventDefault());
at("#narrow").addEventListener("input", () => draw());
document.addEventListener("visibilitychange", () => { if (!document.hidden) later(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => sky.draw(state.shown));
addEventListener("resize", () => sky.draw(state.shown));

theme(localStorage.getItem("theme") ?? "system");
recall();
listen();
