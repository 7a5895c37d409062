// The map: the whole sky in Mollweide's projection, equatorial, right ascension growing to the left from 0h at the right edge.

import { place } from "/build.js";

const RADIAN = Math.PI / 180;
/** A circle smaller than this, in degrees, is no larger than its dot. */
const SMALL = 1;
const ROLES = ["observation", "prediction", "utility", "test"];

/** From degrees to the plane: x from -2 to 2, y from -1 to 1. */
export function mollweide(ra, dec) {
  const phi = dec * RADIAN;
  let theta = phi;
  // Newton's steps towards 2t + sin 2t = pi sin phi; at the poles it stands already.
  if (Math.abs(dec) < 89.999) {
    for (let step = 0; step < 8; step += 1) {
      theta -= (2 * theta + Math.sin(2 * theta) - Math.PI * Math.sin(phi)) / (2 + 2 * Math.cos(2 * theta));
    }
  } else {
    theta = Math.sign(dec) * Math.PI / 2;
  }
  return [2 * ((180 - ra) / 180) * Math.cos(theta), Math.sin(theta)];
}

/** The points of a circle of some radius about a place, in degrees. */
export function circle(ra, dec, radius, points = 72) {
  const [phi, r] = [dec * RADIAN, radius * RADIAN];
  return Array.from({ length: points + 1 }, (_, index) => {
    const angle = (2 * Math.PI * index) / points;
    const y = Math.asin(Math.sin(phi) * Math.cos(r) + Math.cos(phi) * Math.sin(r) * Math.cos(angle));
    const x = Math.atan2(Math.sin(angle) * Math.sin(r) * Math.cos(phi), Math.cos(r) - Math.sin(phi) * Math.sin(y));
    return [(((ra + x / RADIAN) % 360) + 360) % 360, y / RADIAN];
  });
}

export class Sky {
  #canvas; #show; #placed = []; #chosen = null;

  constructor(canvas, show) {
    [this.#canvas, this.#show] = [canvas, show];
    canvas.addEventListener("click", (event) => this.#click(event));
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Draws events, the newest first, which lies on top. */
  draw(events) {
    const ratio = devicePixelRatio || 1;
    const width = this.#canvas.clientWidth;
    if (!width) return;
    [this.#canvas.width, this.#canvas.height] = [width * ratio, (width / 2) * ratio];
    const pen = this.#canvas.getContext("2d");
    const scale = (width * ratio) / 4.1;
    pen.setTransform(scale, 0, 0, -scale, this.#canvas.width / 2, this.#canvas.height / 2);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.#net(pen, scale, colour, ratio);
    this.#placed = events.filter((event) => event.position).map((event) => {
      const [x, y] = mollweide(event.position.ra, event.position.dec);
      return { event, x: width / 2 + (x * scale) / ratio, y: width / 4 - (y * scale) / ratio };
    });
    const size = 3.5 * ratio / scale;
    for (const { event } of [...this.#placed].reverse()) this.#mark(pen, event, colour, size, scale, ratio);
  }

  #net(pen, scale, colour, ratio) {
    pen.beginPath();
    pen.ellipse(0, 0, 2, 1, 0, 0, 2 * Math.PI);
    pen.fillStyle = colour("ground");
    pen.fill();
    pen.lineWidth = ratio / scale;
    pen.strokeStyle = colour("line");
    pen.stroke();
    const along = (points) => {
      pen.beginPath();
      points.forEach(([ra, dec], index) => pen[index ? "lineTo" : "moveTo"](...mollweide(ra, dec)));
      pen.stroke();
    };
    const steps = (from, to, by) => Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
    for (const ra of steps(30, 330, 30)) along(steps(-90, 90, 3).map((dec) => [ra, dec]));
    for (const dec of steps(-60, 60, 30)) along(steps(0, 360, 5).map((ra) => [ra, dec]));
    pen.save();
    pen.scale(1, -1);
    pen.fillStyle = colour("soft");
    pen.font = `${11 * ratio / scale}px system-ui, sans-serif`;
    pen.textAlign = "center";
    for (const hour of [3, 6, 9, 12, 15, 18, 21]) {
      const [x, y] = mollweide(hour * 15, 0);
      pen.fillText(`${hour}h`, x, -y - 0.015);
    }
    for (const dec of [-60, -30, 30, 60]) {
      const [x, y] = mollweide(180, dec);
      pen.fillText(`${dec > 0 ? "+" : "−"}${Math.abs(dec)}°`, x, -y - 0.015);
    }
    pen.restore();
  }

  #mark(pen, event, colour, size, scale, ratio) {
    const { ra, dec, error } = event.position;
    const [x, y] = mollweide(ra, dec);
    pen.fillStyle = pen.strokeStyle = colour(ROLES.includes(event.role) ? event.role : "test");
    pen.lineWidth = ratio / scale;
    if (error >= SMALL) {
      // Where the circle crosses the edge of the map the line is broken there.
      pen.beginPath();
      let last = null;
      for (const [a, d] of circle(ra, dec, Math.min(error, 179))) {
        const isAcross = last !== null && Math.abs(a - last) > 180;
        pen[last === null || isAcross ? "moveTo" : "lineTo"](...mollweide(a, d));
        last = a;
      }
      pen.stroke();
    }
    pen.beginPath();
    pen.arc(x, y, size, 0, 2 * Math.PI);
    pen.fill();
    if (event.seq === this.#chosen) {
      pen.beginPath();
      pen.arc(x, y, 2.2 * size, 0, 2 * Math.PI);
      pen.strokeStyle = colour("mark");
      pen.lineWidth = 2 * ratio / scale;
      pen.stroke();
    }
  }

  #click(event) {
    const far = ({ x, y }) => Math.hypot(x - event.offsetX, y - event.offsetY);
    const nearest = this.#placed.reduce((best, one) => (best && far(best) <= far(one) ? best : one), null);
    if (nearest && far(nearest) < 12) this.#choose(nearest.event, true);
  }

  #key(event) {
    const index = this.#placed.findIndex((one) => one.event.seq === this.#chosen);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const count = this.#placed.length;
    if (step && count) {
      event.preventDefault();
      const next = index < 0 ? 0 : (index + step + count) % count;
      this.#choose(this.#placed[next].event, false);
    } else if (event.key === "Enter" && index >= 0) {
      this.#show(this.#placed[index].event);
    }
  }

  #choose(event, isShown) {
    this.#chosen = event.seq;
    document.querySelector("#chosen").textContent = `${event.ivoid}: ${place(event.position)}`;
    this.draw(this.#placed.map((one) => one.event));
    if (isShown) this.#show(event);
  }
}
