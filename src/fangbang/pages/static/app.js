// The public pages' script. Without it everything works by ordinary forms; with it the countdown ends by itself and
// a query costs a short proof of work instead of an image. No identity number ever enters an address.
"use strict";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// ---- words: the same rules as pages/result.py ----

function fill(template, params) {
  return template.replace(/\{(\d+|\*|[a-z0-9]+)\}/g, (all, name) => (name in params ? String(params[name]) : all));
}

function timeParts(milliseconds) {
  const at = new Date(milliseconds + 8 * 3600e3);
  const two = (number) => String(number).padStart(2, "0");
  const [y, m, d] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
  return { y, m, d, mm2: two(m), dd2: two(d), hh: two(at.getUTCHours()), mm: two(at.getUTCMinutes()) };
}

class Wording {
  constructor(words, level) {
    this.words = words;
    this.level = words.levels[level] || { name: level, subjects: {}, categories: {}, specialties: {} };
  }
  text(key, params = {}) { return fill(this.words.texts[key], params); }
  code(family, word) { return this.words.texts[`${family}.${word}`] || word; }
  subject(id) { return this.level.subjects[id] ? this.level.subjects[id].name : id; }
  full(id) { return this.level.subjects[id] ? this.level.subjects[id].full : ""; }
  region(code) { return this.words.regions[code] || code; }

  statement([code, ...args], released) {
    const pattern = this.words.arguments[code];
    if (pattern === undefined) return code;
    const params = {};
    args.forEach((argument, place) => {
      const how = pattern ? pattern[Math.min(place, pattern.length - 1)] : "-";
      params[place] = "s*".includes(how) ? this.subject(argument) : how === "p" ? this.region(argument) : argument;
    });
    if (pattern.endsWith("*")) {
      params["*"] = args.slice(pattern.length - 1).map((id) => this.subject(id)).join(this.text("list.comma"));
    }
    if (code === "next.review") {
      params.deadline = fill(this.words.texts["date.format"], timeParts(released + args[0] * 86400e3));
    }
    if (code === "window.rule") {
      const title = this.words.sources[args[1]];
      params.source = title ? this.text("found.source", { title }) : "";
    }
    if (code === "result.code") params[2] = this.words.codes[args[1]] || "";
    return this.text(`statement.${code}${this.variant(code, args)}`, params);
  }

  variant(code, args) {
    if (code === "window.complete" && args[0] === args[1]) return "-one";
    if (code === "window.rule" && args[0] === 1) return "-one";
    if (code === "window.saves" && args[0] === this.words.year) return "-over";
    if (code === "next.panel" && !args[0]) return "-open";
    if (code === "next.review" && args.length > 1) return "-of";
    if (code === "result.code" && !(args[1] in this.words.codes)) return "-undefined";
    return "";
  }
}

// ---- the picture of the window: the same rules as pages/window.py ----

const EARNED = ["window.earned", "window.earned-regionally"], STEP = 56;

function stateOf(each, year, owing, [code, , from, through]) {
  if (code === "window.owed") return each > year ? "open" : "none";
  if (each === from) return code === "window.lapsed" ? "lapsed" : "passed";
  if (code === "window.lapsed" || each < from) return "none";
  return each <= through ? "counts" : owing ? "open" : "none";
}

function picture(record, wording, released) {
  const shown = record.statements.filter(([code]) => [...EARNED, "window.lapsed", "window.owed"].includes(code));
  const earned = shown.filter(([code]) => code !== "window.owed").map((item) => item[2]);
  const year = wording.words.year;
  if (!earned.length || !year) return [];
  const owing = shown.some(([code]) => code === "window.owed");
  let last = Math.max(year, ...shown.filter(([code]) => EARNED.includes(code)).map((item) => item[3]));
  if (last === year && owing) last++;
  const first = Math.max(Math.min(year, ...earned), last - 7), width = (last - first + 1) * STEP;
  const rows = [...new Set(shown.map((item) => item[1]))].map((subject) => {
    const said = shown.filter((item) => item[1] === subject);
    const label = said.map((item) => wording.statement(item, released)).join(" ");
    const drawing = make("svg", { role: "img", "aria-label": label, viewBox: `0 0 ${width} 30`, width, height: 30 });
    for (let each = first, x = 0; each <= last; each++, x += STEP) {
      const states = said.map((item) => stateOf(each, year, owing, item));
      drawing.append(make("g", { class: ["passed", "counts", "lapsed", "open", "none"].find((state) => states.includes(state)) },
        make("rect", { x: x + 1, y: 1, width: STEP - 2, height: 28 }), make("text", { x: x + STEP / 2, y: 20 }, each)));
    }
    return make("li", {}, make("p", { "aria-hidden": "true" }, wording.subject(subject)), drawing);
  });
  return [make("figure", { class: "window" }, make("ul", {}, ...rows), make("figcaption", {}, wording.text("found.window-legend")))];
}

// ---- the result, element for element as templates/result.html ----

function make(tag, attributes = {}, ...children) {
  const drawn = ["svg", "g", "rect", "text"].includes(tag);
  const element = drawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function facts(record, wording) {
  const level = wording.level;
  const pairs = [
    ["name", record.name], ["document", record.document], ["ticket", record.ticket],
    ["region", [wording.region(record.province), record.city].filter(Boolean).join(" ")],
    ["level", level.name],
    ["category", level.categories[record.category] || record.category],
    ["specialty", level.specialties[record.specialty] || record.specialty],
  ];
  return make("dl", { class: "facts" }, ...pairs.filter(([, value]) => value).map(([key, value]) =>
    make("div", {}, make("dt", {}, wording.text(`person.${key}`)), make("dd", {}, value))));
}

function marks(record, wording) {
  const heads = ["subject", "mark", "full", "line", "status"];
  const head = make("tr", {}, ...heads.map((key) => make("th", { scope: "col" }, wording.text(`found.${key}`))));
  const rows = record.subjects.map((item) => {
    const name = make("th", { scope: "row" }, wording.subject(item.subject));
    if (item.ticket && item.ticket !== record.ticket) {
      name.append(make("span", { class: "small" }, wording.text("found.subject-ticket", { ticket: item.ticket })));
    }
    const cells = [
      item.mark ?? (item.code === null ? wording.text("found.held") : wording.text("found.code", { code: item.code })),
      wording.full(item.subject),
      item.line ?? wording.text(item.status === "withheld" ? "found.held" : "found.line-open"),
      make("span", { class: `tag ${item.status}` }, wording.code("status", item.status)),
    ];
    return make("tr", {}, name, ...cells.map((cell, place) =>
      make("td", { "data-label": wording.text(`found.${heads[place + 1]}`) }, cell)));
  });
  return make("table", { class: "marks" }, make("thead", {}, head), make("tbody", {}, ...rows));
}

function listed(title, lines, attributes = {}, before = []) {
  return lines.length ? [make("h2", {}, title), ...before, make("ul", attributes, ...lines.map((line) => make("li", {}, line)))] : [];
}

function resultArticle(answer, words) {
  const { record } = answer;
  const wording = new Wording(words, record.level);
  const text = (key, params) => wording.text(key, params);
  const released = Date.parse(answer.published_at);
  const said = (family) => record.statements
    .filter(([code]) => code.startsWith(family)).map((item) => wording.statement(item, released));
  const next = said("next."), centre = words.centres[record.province];
  if (centre) next.push(centre);
  const moment = (at) => text("time.format", timeParts(at));
  const versions = [text("found.version", { version: record.version, time: moment(released) })];
  const earlier = words.releases.map((at) => Date.parse(at)).filter((at) => at < released);
  if (record.version > 1 && earlier.length) {
    versions.push(text("found.earlier", { times: earlier.map(moment).join(text("list.comma")) }));
  }
  if (record.reason) {
    const reasons = record.reason.split(" ").map((word) => wording.code("reason", word));
    versions.push(text("found.reason", { reason: reasons.join(text("list.semicolon")) }));
  }
  if (words.rules) versions.push(text("found.catalogue", { version: words.rules }));
  return make("article", { class: "result", id: "result" },
    make("h1", { tabindex: "-1" }, text("found.title")),
    make("p", { class: "exam" }, words.title),
    make("div", { class: `outcome ${record.outcome}` },
      make("p", { class: "verdict" }, wording.code("outcome", record.outcome)),
      make("p", {}, wording.code("outcome", `${record.outcome}.say`)),
      ...(["not-passed", "void"].includes(record.outcome) ? [make("p", {}, words.helpline)] : []),
      ...(["not-passed", "void"].includes(record.outcome) && words.helpline_source
        ? [make("p", { class: "small" }, words.helpline_source)] : [])),
    make("h2", {}, text("found.person")), facts(record, wording),
    make("h2", {}, text("found.subjects")), marks(record, wording),
    ...listed(text("found.windows"), said("window."), {}, picture(record, wording, released)),
    ...listed(text("found.codes"), said("result.")),
    ...listed(text("found.next"), next),
    ...listed(text("found.versions"), versions, { class: "small" }),
    make("p", { class: "note" }, text("found.screenshot")),
    make("p", { class: "actions" }, make("a", { class: "button", href: `/score/${answer.sitting}` }, text("query.again"))));
}

// ---- the query ----

function coded(fields) {
  const bytes = new TextEncoder().encode(JSON.stringify(fields));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function solve(worker, text, bits) {
  return new Promise((resolve, reject) => {
    const thread = new Worker(worker);
    thread.onmessage = (event) => { thread.terminate(); resolve(event.data); };
    thread.onerror = (event) => { event.preventDefault(); thread.terminate(); reject(new Error("worker")); };
    thread.postMessage({ text, bits });
  });
}

// A busy server says when to come back; the form waits by itself, three times.
async function patiently(form, address, options) {
  const status = one("[data-status]", form), before = status.textContent;
  for (let round = 0; ; round++) {
    const response = await fetch(address, { cache: "no-store", ...options });
    const seconds = Number(response.headers.get("retry-after"));
    if (!seconds || round === 3) return response.json();
    status.textContent = form.dataset.busy;
    await sleep(1000 * (seconds + Math.random()));
    status.textContent = before;
  }
}

async function ask(form, query) {
  const sitting = form.dataset.query;
  let price = await patiently(form, "/challenge");
  for (let round = 0; round < 4; round++) {
    if (!price.salt) return price;
    const nonce = await solve(form.dataset.worker, `${sitting}.${price.salt}.${query}.`, price.bits);
    const answer = await patiently(form, `/score/${sitting}`, {
      method: "POST", credentials: "omit",
      headers: { Accept: "application/json", "Fangbang-Query": `${price.salt}.${nonce}.${query}` },
    });
    if (answer.state !== "challenge") return answer;
    price = answer;
  }
  return price;
}

const MESSAGES = { "not-found": "notfound", "not-released": "waiting" };

function tell(form, words, answer) {
  const status = one("[data-status]", form);
  all("[data-error]", form).forEach((place) => { place.textContent = ""; });
  all("[aria-invalid]", form).forEach((input) => input.removeAttribute("aria-invalid"));
  status.textContent = "";
  if (answer.state === "malformed") {
    const place = one(`[data-error="${answer.field}"]`, form);
    (place || status).textContent = words.texts[`malformed.${answer.field}`];
    if (place) {
      form.elements[answer.field].setAttribute("aria-invalid", "true");
      form.elements[answer.field].focus();
    }
    return;
  }
  const kind = MESSAGES[answer.state] || answer.state;
  const lines = ["title", "say", "check", "centre"].map((part) => words.texts[`${kind}.${part}`]).filter(Boolean);
  status.replaceChildren(...lines.map((line) => make("span", {}, line, make("br"))));
}

async function submitted(event) {
  event.preventDefault();
  const form = event.target;
  const status = one("[data-status]", form), button = one("button[type=submit]", form);
  const inputs = all("input[type=text]", form).filter((input) => input.name !== "image");
  button.disabled = true;
  status.textContent = form.dataset.checking;
  try {
    const query = coded([form.elements.kind.value, ...inputs.map((input) => input.value)]);
    const [words, answer] = await Promise.all([patiently(form, form.dataset.words, { cache: "default" }), ask(form, query)]);
    if (!words.texts) throw new Error("busy");
    if (answer.state === "found") {
      const article = resultArticle(answer, words);
      one("main").replaceChildren(article);
      one("h1", article).focus();
      scrollTo(0, 0);
      return;
    }
    tell(form, words, answer);
  } catch (error) {
    // A browser that runs no worker gets a riddle, as one without scripts.
    if (error.message === "worker") return form.submit();
    status.textContent = error.message === "busy" ? form.dataset.busy : form.dataset.offline;
  }
  button.disabled = false;
}

// ---- the countdown ----

async function board() {
  try {
    const response = await fetch("/board", { cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch (error) {
    return null;
  }
}

function show(countdown, left) {
  const units = { days: 86400, hours: 3600, minutes: 60, seconds: 1 };
  let rest = Math.max(0, Math.ceil(left / 1000));
  for (const [unit, size] of Object.entries(units)) {
    one(`[data-unit=${unit}] b`, countdown).textContent = String(Math.floor(rest / size)).padStart(2, "0");
    rest %= size;
  }
}

function opened(section) {
  const place = one("[data-opened]", section);
  all("[data-countdown], [data-before], [data-opening], .hour, .note", section).forEach((part) => { part.hidden = true; });
  place.replaceChildren(make("p", { class: "hour" }, place.dataset.text),
    make("a", { class: "button", href: section.dataset.openUrl }, place.dataset.button));
  all("h1[data-opened-title]").forEach((title) => { title.textContent = title.dataset.openedTitle; });
  all("[data-demo] button").forEach((button) => { button.disabled = false; });
  all("[data-demo-wait]").forEach((part) => { part.hidden = true; });
}

// Shows the time left by the server's clock. The board is asked about once a minute, and after the hour at a moment
// drawn from a whole minute: never by all browsers at once. Whoever does not want to wait has a link. An hour that was
// set or moved meanwhile loads the page anew. A demonstration, where the hour is set when somebody looks, asks all the
// time.
function pause(left) {
  if (one("[data-demo]")) return 1000;
  const jitter = Math.random() * 60e3;
  if (left <= 0) return 5e3 + jitter;
  return Math.min(left + jitter, 60e3 + jitter);
}

async function waitFor(section) {
  const sitting = section.dataset.waiting, countdown = one("[data-countdown]", section);
  let end = section.dataset.t ? Date.parse(section.dataset.t) : Infinity, ahead = 0, next = 0;
  all("[data-before]", section).forEach((part) => { part.hidden = false; });
  if (countdown && end !== Infinity) countdown.hidden = false;
  for (;;) {
    const now = Date.now();
    if (now >= next) {
      const said = await board();
      if (said) {
        ahead = said.now * 1000 - Date.now();
        const known = said.sittings[sitting];
        if (known && known.state === "published") return opened(section);
        if (known && known.t && Date.parse(known.t) !== end) return location.reload();
      }
      const left = end - Date.now() - ahead;
      next = Date.now() + pause(left);
    }
    const left = end - Date.now() - ahead;
    if (countdown && end !== Infinity) show(countdown, left);
    if (left <= 0) {
      one("[data-opening]", section).hidden = false;
      if (countdown) countdown.hidden = true;
    }
    await sleep(250);
  }
}

// ---- the demonstration's people ----

function demoFill(button) {
  const form = one("form[data-query]");
  const place = `/score/${one("[data-waiting], [data-query]").dataset.waiting || (form && form.dataset.query)}`;
  const same = form && form.elements.kind.value === button.dataset.kind;
  if (!same) {
    sessionStorage.setItem("demo", button.textContent);
    location.assign(`${place}?by=${encodeURIComponent(button.dataset.kind)}`);
    return;
  }
  const values = JSON.parse(button.dataset.fields);
  all("input[type=text]", form).filter((input) => input.name !== "image")
    .forEach((input, index) => { input.value = values[index] || ""; });
  one("button[type=submit]", form).focus();
}

function demo(strip) {
  all("button", strip).forEach((button) => button.addEventListener("click", () => demoFill(button)));
  const wanted = sessionStorage.getItem("demo");
  sessionStorage.removeItem("demo");
  const button = wanted && all("button", strip).find((item) => item.textContent === wanted && !item.disabled);
  if (button && one("form[data-query]")) button.click();
}

// Large text changes at once, without leaving a result; the address only sets the cookie.
all(".larger, .normal").forEach((link) => link.addEventListener("click", (event) => {
  event.preventDefault();
  document.documentElement.classList.toggle("large", link.className === "larger");
  one(link.className === "larger" ? ".normal" : ".larger").focus();
  fetch(link.href);
}));
all("form[data-query]").forEach((form) => form.addEventListener("submit", submitted));
all("[data-waiting]").forEach(waitFor);
all("[data-demo]").forEach(demo);
