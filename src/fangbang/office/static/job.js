// Follows a job without loading its page anew: what is told aloud changes only when its words do.
"use strict";

const EVERY = 1500;
let pause = 300; // most jobs are short: the first looks come sooner
const box = document.querySelector("[data-job]");

const look = async () => {
  if (box.dataset.job !== "open") return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Polling": "1" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-job]");
    if (!fresh) return location.reload(); // signed out, or gone: let the page say so
    const told = box.querySelector("[data-told]");
    const telling = fresh.querySelector("[data-told]").textContent;
    if (told.textContent !== telling) told.textContent = telling;
    box.querySelector("[data-shown]").replaceWith(fresh.querySelector("[data-shown]"));
    document.querySelector("[data-facts]").replaceWith(page.querySelector("[data-facts]"));
    box.dataset.job = fresh.dataset.job;
  } catch {
    // the office does not answer: ask again
  }
  pause = Math.min(EVERY, pause * 2);
  setTimeout(look, pause);
};

setTimeout(look, pause);
