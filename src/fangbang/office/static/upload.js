// Sends a file in pieces, each with its SHA-256, and goes on where it stopped: after a closed page, a lost network or a
// server that was started anew, the same file chosen again is compared with what is there and continued.
"use strict";

const TRIES = 60;
const PAUSE = 2000;
const hexOf = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const digest = async (bytes) => hexOf(await crypto.subtle.digest("SHA-256", bytes));
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Stop extends Error {
  constructor(problem, text = "") {
    super(problem);
    this.problem = problem;
    this.text = text;
  }
}

class Upload {
  constructor(form, file) {
    this.form = form;
    this.file = file;
    this.token = form.elements.csrfmiddlewaretoken.value;
  }

  // Asks once more while the server does not answer; what it answers is an answer.
  async ask(address, body, headers = {}) {
    for (let tried = 0; ; tried++) {
      try {
        const answer = await fetch(address, {
          method: "POST",
          body,
          headers: { Accept: "application/json", "X-CSRFToken": this.token, ...headers },
        });
        if (answer.status < 502) return await this.told(answer);
      } catch (error) {
        if (error instanceof Stop) throw error;
      }
      if (tried >= TRIES) throw new Stop("network");
      await rest(PAUSE);
    }
  }

  async told(answer) {
    if (!(answer.headers.get("Content-Type") || "").includes("application/json")) throw new Stop("session");
    const value = await answer.json();
    if (!answer.ok) throw new Stop("told", `${value.text} (${value.code})`);
    return value;
  }

  async piece(at, size) {
    try {
      return await this.file.slice(at, at + size).arrayBuffer();
    } catch {
      throw new Stop("changed");
    }
  }

  async run(show) {
    const form = new FormData();
    form.set("name", this.file.name);
    form.set("size", this.file.size);
    const begun = await this.ask(this.form.dataset.upload, form);
    const known = begun.pieces;
    const hashes = [];
    for (let at = 0; at < this.file.size; at += begun.size) {
      const bytes = await this.piece(at, begun.size);
      const sha256 = await digest(bytes);
      const before = known[hashes.length];
      if (before !== undefined && before !== sha256) throw new Stop("changed");
      if (before === undefined) {
        const headers = { "X-Offset": String(at), "X-SHA256": sha256, "Content-Type": "application/octet-stream" };
        await this.ask(begun.send, bytes, headers);
      }
      hashes.push(sha256);
      show(before === undefined ? "sending" : "checking", Math.min(at + begun.size, this.file.size) / this.file.size);
    }
    const all = Uint8Array.from(hashes.join("").match(/../g), (pair) => parseInt(pair, 16));
    const ending = new FormData();
    ending.set("digest", await digest(all));
    return (await this.ask(begun.finish, ending)).go;
  }
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const box = form.querySelector("[data-progress]");
  const told = box.querySelector("[data-told]");
  const show = (what, share) => {
    const text = form.querySelector(`[data-text=${what}]`).textContent;
    if (told.textContent !== text) told.textContent = text;
    const percent = Math.floor(share * 100);
    box.querySelector("progress").value = percent;
    box.querySelector("[data-percent]").textContent = `${percent} %`;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const file = form.elements.file.files[0];
    for (const one of form.querySelectorAll("[data-problem]")) one.hidden = true;
    button.disabled = true;
    box.hidden = false;
    try {
      if (file.size > Number(form.dataset.most)) throw new Stop("large");
      location.assign(await new Upload(form, file).run(show));
    } catch (error) {
      const stop = error instanceof Stop ? error : new Stop("network");
      const shown = form.querySelector(`[data-problem=${stop.problem}]`);
      if (stop.text) shown.textContent = stop.text;
      shown.hidden = false;
      button.disabled = false;
    }
  });
}
