// Orders to the broker, for whoever has the token; without one they are not even shown.
import { age, build, button, cells, rows } from "/build.js";

export class Orders {
  #token = sessionStorage.getItem("token") ?? ""; #after; #counts = "";

  /** Calls `after` when an order was done. */
  constructor(after) {
    this.#after = after;
    const form = document.querySelector("#token");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#token = form.querySelector("input").value.trim();
      sessionStorage.setItem("token", this.#token);
      this.#say(this.#token ? "it is shown with every order" : "");
      this.#mark();
    });
    document.querySelector("#reload button").addEventListener("click", () => this.#order("/api/reload"));
    this.#mark();
  }

  /** Asks for the token, if this broker takes orders at all. */
  offer(isTaking) {
    document.querySelector("#token").hidden = !isTaking;
  }

  /** The orders to a handler. */
  ofHandler({ name, state }) {
    if (!["running", "waiting", "paused"].includes(state)) return [];
    const order = state === "paused" ? "resume" : "pause";
    return [button(order, () => this.#order(`/api/handlers/${encodeURIComponent(name)}/${order}`))];
  }

  /** Shows what is in quarantine, asked for anew when the counts have changed. */
  async quarantine(section, { quarantined }) {
    const counts = JSON.stringify(quarantined);
    section.hidden = counts === "{}";
    if (section.hidden || counts === this.#counts) return;
    const answer = await fetch("/api/quarantine?limit=100").catch(() => null);
    if (!answer?.ok) return;
    const { cases = [] } = await answer.json();
    this.#counts = counts;
    rows(section.querySelector("tbody"), cases, (one) => {
      const path = `/api/quarantine/${encodeURIComponent(one.handler)}/${one.seq}`;
      return cells([
        { text: one.handler }, { text: one.ivoid }, { text: one.reason }, { number: age(Date.now(), one.since) },
        { orders: [
          button("retry", () => this.#order(`${path}/retry`)),
          button("drop", () => { if (confirm(`Drop ${one.ivoid} for good?`)) this.#order(`${path}/drop`); }),
        ] },
      ]);
    }, "nothing");
  }

  async #order(path) {
    const headers = { Authorization: `Bearer ${this.#token}` };
    const answer = await fetch(path, { method: "POST", headers }).catch(() => null);
    if (!answer) return this.#say("there is no connection to the broker");
    const words = answer.headers.get("content-type")?.includes("json") ? await answer.json() : { error: await answer.text() };
    const failed = words.failed?.map((one) => one.reason).join("; ");
    this.#say(words.error ?? (failed || "done"));
    this.#counts = "";
    // The button that was pressed would keep its table from being drawn.
    document.activeElement?.blur();
    await this.#after();
  }

  #say(words) {
    document.querySelector("#token [role=status]").replaceChildren(build("span", {}, words));
  }

  #mark() {
    if (this.#token) document.body.dataset.orders = ""; else delete document.body.dataset.orders;
  }
}
