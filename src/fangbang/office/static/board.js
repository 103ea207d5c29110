// Loads the board anew every few seconds and changes what differs in place: focus and scrolling stay where they are.
"use strict";

const EVERY = 3000;

async function renew() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Polling": "1" }, cache: "no-store" });
  // Signed out meanwhile: the page that asks for it.
  if (answer.redirected || !answer.ok) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  swap(document.querySelector("[data-board]"), fresh.querySelector("[data-board]"));
}

function swap(old, next) {
  if (!next || old.isEqualNode(next)) return;
  const bare = [...old.childNodes].every((child) => child.nodeType === 1 || !child.textContent.trim());
  if (bare && old.children.length && old.children.length === next.children.length && old.tagName === next.tagName) {
    for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    [...next.children].forEach((child, place) => swap(old.children[place], child));
    return;
  }
  old.replaceWith(document.importNode(next, true));
}

setInterval(() => renew().catch(() => {}), EVERY);
