// Every few seconds swaps the parts marked data-live for fresh ones, and leaves the person where he was.
"use strict";

const seconds = Number(document.currentScript.dataset.seconds);

function busyReading() {
  const selection = document.getSelection();
  return document.hidden || (selection && !selection.isCollapsed);
}

function swap(part, fresh) {
  if (part.innerHTML === fresh.innerHTML) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.replaceChildren(...fresh.childNodes);
  if (focused === null) return;
  const again = [...part.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === focused);
  if (again) again.focus({ preventScroll: true });
}

async function refresh() {
  if (busyReading()) return;
  const unreachable = document.getElementById("unreachable");
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(seconds * 1000) });
    if (answer.redirected) return location.reload(); // the visit is over: to the login page
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const counterpart = fresh.getElementById(part.id);
      if (counterpart) swap(part, counterpart);
    }
    if (unreachable) unreachable.hidden = true;
  } catch {
    if (unreachable) unreachable.hidden = false;
  }
}

async function forEver() {
  await refresh();
  setTimeout(forEver, seconds * 1000);
}

setTimeout(forEver, seconds * 1000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
