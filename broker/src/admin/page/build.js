// Building blocks: elements from text, rows from values, and numbers as people read them.

/** An element; what is no element becomes text. */
export function build(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Fills a table's body, a row for each value, or with words if there is none; not while somebody works in it. */
export function rows(table, values, row, empty) {
  if (table.contains(document.activeElement) || table.querySelector(":active")) return;
  const width = table.parentElement.tHead.rows[0].cells.length;
  const nothing = () => build("tr", {}, build("td", { class: "empty", colspan: width }, empty));
  table.replaceChildren(...(values.length ? values.map(row) : [nothing()]));
}

/** A row; each cell says by its key what it holds. */
export function cells(values) {
  return build("tr", {}, ...values.map((value) => {
    const cell = build("td");
    if (value.wide) cell.classList.add("wide");
    if ("number" in value) { cell.classList.add("number"); cell.append(value.number); }
    if ("text" in value) cell.append(value.text);
    if ("time" in value) { cell.classList.add("time"); cell.append(clock(value.time)); cell.title = value.time; }
    if ("state" in value) { cell.dataset.state = value.state; cell.append(value.state); }
    if ("role" in value) cell.append(roleOf(value.role));
    if ("codes" in value) cell.append(...value.codes.map((code) => build("code", {}, code)));
    if ("button" in value) cell.append(button(value.button, value.press)), cell.classList.add("name");
    if ("orders" in value) { cell.classList.add("orders"); cell.append(...value.orders); }
    if (value.trouble) cell.append(build("span", { class: "trouble" }, value.trouble));
    return cell;
  }));
}

export function button(text, press) {
  const element = build("button", { type: "button" }, text);
  element.addEventListener("click", press);
  return element;
}

function roleOf(role) {
  const element = build("span", { class: "role" }, role);
  element.dataset.role = role;
  return element;
}

/** The time of day in UTC, with the date if it was another day. */
function clock(time) {
  const date = new Date(time).toISOString();
  const day = date.slice(0, 10);
  return day === new Date().toISOString().slice(0, 10) ? date.slice(11, 19) : `${day} ${date.slice(11, 19)}`;
}

export function number(value) {
  return value.toLocaleString("en-GB");
}

/** Degrees of an angle. */
export function degrees(value) {
  return Math.abs(value) < 0.01 && value !== 0 ? `${value.toExponential(1)}°` : `${value.toFixed(2)}°`;
}

export function place(position) {
  if (!position) return "not told";
  const error = position.error == null ? "" : `, within ${degrees(position.error)}`;
  return `RA ${degrees(position.ra)}, Dec ${degrees(position.dec)}${error}`;
}

/** How long ago, in the unit that says most. */
export function age(now, time) {
  if (time == null) return "never";
  return span(Math.max(0, now - Date.parse(time)) * 1e3);
}

/** A time in microseconds, in the unit that says most. */
export function span(micros) {
  const units = [[864e8, "d"], [36e8, "h"], [6e7, "min"], [1e6, "s"], [1e3, "ms"]];
  const [unit, name] = units.find(([unit]) => micros >= 2 * unit) ?? [1, "µs"];
  return `${Math.floor(micros / unit)} ${name}`;
}

export function size(bytes) {
  const units = [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]];
  const [unit, name] = units.find(([unit]) => bytes >= unit) ?? [1, "B"];
  return `${(bytes / unit).toFixed(unit === 1 ? 0 : 1)} ${name}`;
}
