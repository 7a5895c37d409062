// The line of events per minute.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;

/** Draws the counts of the last minutes; the minute that has not ended is left out. */
export function chart(into, { from, counts }) {
  const whole = counts.slice(0, -1);
  const most = Math.max(1, ...whole);
  const point = (count, index) => `${index},${(HEIGHT * (1 - count / most)).toFixed(2)}`;
  const line = whole.map(point).join(" ");
  const svg = shape("svg", { viewBox: `0 -4 ${whole.length - 1} ${HEIGHT + 5}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (let index = whole.length - 1; index >= 0; index -= 30) {
    svg.append(shape("path", { class: "grid", d: `M${index} 0V${HEIGHT}` }));
  }
  svg.append(
    shape("path", { class: "grid", d: `M0 0H${whole.length - 1}M0 ${HEIGHT}H${whole.length - 1}` }),
    shape("polygon", { class: "area", points: `0,${HEIGHT} ${line} ${whole.length - 1},${HEIGHT}` }),
    shape("polyline", { class: "line", points: line }),
  );
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const hour = counts.slice(-60).reduce((sum, count) => sum + count, 0);
  const words = [new Date(from).toISOString().slice(11, 16) + " UTC",
    `most ${most.toLocaleString("en-GB")} a minute; ${hour.toLocaleString("en-GB")} in the last hour`, "now"];
  caption.append(...words.map((word) => { const part = document.createElement("span"); part.textContent = word; return part; }));
  figure.append(svg, caption);
  into.replaceChildren(figure);
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
