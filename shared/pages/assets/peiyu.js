// What a page does beyond links and forms: it keeps what is typed, listens for changes, and takes keys.
"use strict";
const root = document.documentElement;

// ---- drafts: kept for this tab and this account only, gone when saved, signed out or when the tab is closed
const DRAFT = "draft ";
const mine = () => DRAFT + document.body.dataset.account + " ";
const draftOf = (form) => mine() + form.getAttribute("action");
const isDrafted = (form) => form?.hasAttribute("data-draft");
function forget(isMeant) {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(DRAFT) && isMeant(name)) sessionStorage.removeItem(name);
}
// Of the page that shows what was saved last; it stays in the address when the page is loaded again.
const saved = () => new URLSearchParams(location.search).get("after");
const kept = (form) => [...form.elements].filter((e) => e.name && e.type !== "hidden" && e.type !== "password" && e.type !== "file");
function keep(form) {
  const values = {};
  for (const e of kept(form)) {
    if (e.type === "checkbox" || e.type === "radio") { if (e.checked) (values[e.name] ||= []).push(e.value); }
    else values[e.name] = [e.value];
  }
  try { sessionStorage.setItem(draftOf(form), JSON.stringify(values)); } catch { /* full or forbidden: nothing is kept */ }
}
function restore(form) {
  // A form that the server sent back filled in knows better.
  if (form.closest("section")?.querySelector("#fault, #meanwhile")) return;
  let values;
  try { values = JSON.parse(sessionStorage.getItem(draftOf(form)) || "null"); } catch { values = null; }
  if (!values) return;
  for (const e of kept(form)) {
    const had = values[e.name] || [];
    if (e.type === "checkbox" || e.type === "radio") e.checked = had.includes(e.value);
    else if (had.length) e.value = had[0];
  }
}
const forms = (root) => root.querySelectorAll?.("form[data-draft]") || [];
document.addEventListener("input", (event) => { const { form } = event.target; if (isDrafted(form)) keep(form); });
document.addEventListener("DOMContentLoaded", () => {
  // Whoever signed in after somebody else finds nothing of theirs.
  if (document.body.dataset.account) forget((name) => !name.startsWith(mine()));
  // Saved, since the page says so and did not when it was sent: the draft has done its duty.
  const sent = JSON.parse(sessionStorage.getItem("sent") || "null");
  if (sent && saved() && saved() !== sent.after) sessionStorage.removeItem(sent.draft);
  sessionStorage.removeItem("sent");
  forms(document).forEach(restore);
});
document.addEventListener("submit", ({ target: form }) => {
  if (isDrafted(form)) keep(form);
  sessionStorage.removeItem("sent");
  const draft = draftOf(form);
  // Also of the form that goes on with what was typed before a sign-in: it is sent to the same place.
  if (sessionStorage.getItem(draft)) sessionStorage.setItem("sent", JSON.stringify({ draft, after: saved() }));
  if (form.getAttribute("action") === "/sign-out") forget(() => true);
});
document.addEventListener("htmx:load", (event) => forms(event.target).forEach(restore));

// ---- a server that does not answer
const offline = (shown) => { const notice = document.getElementById("offline"); if (notice) notice.hidden = !shown; };
document.addEventListener("htmx:sendError", () => offline(true));
document.addEventListener("htmx:timeout", () => offline(true));
// A fault page answers what a person did; a part that refreshes itself stays as it is and is asked for again. What
// has no place of its own to go to is not ours (a proxy's page) and would leave nothing.
const isOut = ({ xhr, requestConfig }) =>
  xhr.status >= 500 && (requestConfig.elt.hasAttribute("data-refreshes") || !xhr.getResponseHeader("HX-Retarget"));
document.addEventListener("htmx:beforeSwap", (event) => { if (isOut(event.detail)) event.detail.shouldSwap = false; });
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.xhr?.status) return;
  offline(isOut(detail));
  if (isOut(detail) && detail.requestConfig.elt.matches("[data-changes]")) tell(3000);
});

// ---- a part that refreshes itself: the row one is at is kept, and what is new is told by a region that stays
const rowsNow = () => [...document.querySelectorAll("[data-row]")];
const placeIn = (rows) => rows.findIndex((row) => row.classList.contains("is-current"));
const telling = () => [...document.querySelectorAll("[data-tells]")].map((e) => e.dataset.tells || e.textContent.trim()).join(" ");
let before = { at: -1 };
document.addEventListener("htmx:beforeSwap", () => {
  const rows = rowsNow(), at = placeIn(rows);
  before = { at, row: rows[at]?.id, told: telling() };
});
document.addEventListener("htmx:afterSettle", () => {
  if (before.row) document.getElementById(before.row)?.classList.add("is-current");
  const now = telling();
  if (now !== before.told) document.getElementById("told").textContent = now;
});

// ---- live: something changed; what is being typed in is left alone
function changed() {
  const typing = document.querySelector(".in-place:not(:empty)") || document.querySelector("details.why[open]");
  if (typing) { root.dataset.waiting = "yes"; return; }
  delete root.dataset.waiting;
  htmx.trigger(document.body, "peiyu:changed");
}
function catchUp() { if (root.dataset.waiting) changed(); }
// Every page hears of a change at once; they ask at different moments. A refresh that is on its way is not put off.
function tell(from = 300) {
  changed.soon ??= setTimeout(() => { changed.soon = undefined; changed(); }, from + Math.random() * 1500);
}
// A browser has six connections to a server for all its tabs: a tab that nobody looks at gives its own back.
let stream, again, wait = 0, missed = document.hidden;
function rest() {
  clearTimeout(again);
  stream?.close();
  stream = undefined;
  delete root.dataset.live;
}
function listen() {
  const list = document.querySelector("[data-changes]");
  if (stream || document.hidden || !list) return;
  stream = new EventSource(list.dataset.changes);
  stream.addEventListener("changed", () => tell());
  // Who comes back after a break may have missed something.
  stream.addEventListener("ready", () => { if (missed) tell(); missed = true; wait = 0; root.dataset.live = "on"; });
  stream.addEventListener("error", () => {
    delete root.dataset.live;
    // The browser comes back by itself, unless it was refused.
    if (stream?.readyState !== EventSource.CLOSED) return;
    rest();
    wait = Math.min(2 * wait + 3000, 60_000);
    again = setTimeout(listen, wait);
  });
}
document.addEventListener("visibilitychange", () => { if (document.hidden) { missed = true; rest(); } else listen(); });
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => { if (event.persisted) missed = true; listen(); });
document.addEventListener("toggle", catchUp, true);

// ---- in place: one form at a time, and the reader is led into it
document.addEventListener("htmx:beforeSwap", (event) => {
  const box = event.detail.target.closest?.(".in-place");
  if (box) for (const other of document.querySelectorAll(".in-place:not(:empty)")) if (other !== box) other.replaceChildren();
});
document.addEventListener("htmx:afterSettle", (event) => {
  const section = event.target.closest?.(".in-place")?.querySelector("section");
  if (!section) return;
  const fault = section.querySelector("#fault");
  const heading = fault || section.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ block: fault ? "center" : "nearest" });
});

// ---- keys
const isTyping = (e) => e.target.closest("input, textarea, select, [contenteditable]");
let leader = 0;
function step(by) {
  const rows = rowsNow();
  if (!rows.length) return;
  const found = placeIn(rows);
  // The row one was at is gone: the next one has its place.
  const at = found >= 0 ? found : before.at - (by > 0 ? 1 : 0);
  rows[at]?.classList.remove("is-current");
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  next.classList.add("is-current");
  next.querySelector("a, button")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
const placeOf = (key) => /^[a-z]$/.test(key) && document.querySelector(`.places a[data-key="${key}"]`);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  const place = Date.now() - leader < 1200 && placeOf(event.key);
  if (place) { place.click(); return; }
  leader = event.key === "g" ? Date.now() : 0;
  if (event.key === "/") {
    event.preventDefault();
    const field = document.querySelector("[data-search]");
    if (field) field.focus(); else if (placeOf("p")) location.assign("/pool#search");
  } else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  }
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.querySelector(opener.dataset.opens)?.showModal();
  const cancel = event.target.closest("[data-closes-in-place]");
  if (cancel) { const box = cancel.closest(".in-place"); if (box) { event.preventDefault(); box.replaceChildren(); box.closest("[data-row]")?.querySelector("[hx-get]")?.focus(); catchUp(); } }
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// Led here by `/` from a page without a search.
document.addEventListener("DOMContentLoaded", () => { if (location.hash === "#search") document.getElementById("search")?.focus(); });

// ---- print: what is folded is printed, too, and folded again afterwards
document.addEventListener("click", (event) => { if (event.target.closest("[data-prints]")) window.print(); });
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("main details:not([open], .no-print)")) { folded.open = true; folded.dataset.folded = ""; }
});
addEventListener("afterprint", () => {
  for (const opened of document.querySelectorAll("[data-folded]")) { opened.open = false; delete opened.dataset.folded; }
});

// ---- days: the browser shows them in a way of its own, so they stand beside the field as we write them
const named = (day, what) => day.toLocaleDateString(root.lang === "en" ? "en-GB" : root.lang, { [what]: "long" });
function dayInWords(day) {
  const [weekday, month] = [named(day, "weekday"), named(day, "month")];
  if (root.lang === "en") return `${weekday}, ${day.getDate()} ${month} ${day.getFullYear()}`;
  return `${day.getFullYear()}年${day.getMonth() + 1}月${day.getDate()}日 ${weekday}`;
}
function tellDay(place) {
  const { value } = place.parentElement.querySelector("input[type=date]");
  const words = value ? dayInWords(new Date(`${value}T00:00`)) : "";
  if (place.textContent !== words) place.textContent = words;
}
const tellDays = (root) => root.querySelectorAll?.("[data-day]").forEach(tellDay);
document.addEventListener("input", (event) => { if (event.target.type === "date") tellDays(event.target.parentElement); });
document.addEventListener("DOMContentLoaded", () => tellDays(document));
document.addEventListener("htmx:load", (event) => tellDays(event.target));

// ---- a file dropped on its place; one that is too large is told before it is sent
document.addEventListener("dragover", (event) => {
  const place = event.target.closest?.("[data-drop]");
  if (place) { event.preventDefault(); place.classList.add("is-over"); }
});
document.addEventListener("dragleave", (event) => {
  const place = event.target.closest?.("[data-drop]");
  if (place && !place.contains(event.relatedTarget)) place.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  const place = event.target.closest?.("[data-drop]");
  if (!place) return;
  event.preventDefault();
  place.classList.remove("is-over");
  const field = place.querySelector("input[type=file]");
  if (!field || !event.dataTransfer.files.length) return;
  const one = new DataTransfer();
  one.items.add(event.dataTransfer.files[0]);
  field.files = one.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.dataset?.most) return;
  const isTooLarge = [...field.files].some((file) => file.size > Number(field.dataset.most));
  field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : "");
  field.reportValidity();
});
