// A part that refreshes itself, with the pages' own scripts and a server that fails as told: a fault of one refresh
// costs nothing, and focus, row and the region that tells of changes stay.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { close, isClean, live, open } from "./browser.js";

const PAGES = new URL("../../shared/pages/", import.meta.url);
const file = (path) => readFileSync(new URL(path, PAGES), "utf8");
const CONFIG = /<meta name="htmx-config"[^>]*>/.exec(file("templates/layout.html"))[0];
const FAULT_PAGE = { "hx-retarget": "#main", "hx-reselect": "#main", "hx-reswap": "outerHTML" };
const FAULTS = {
  proxy: { status: 502, headers: {}, body: "<h1>Bad gateway</h1>" },
  ours: { status: 500, headers: FAULT_PAGE, body: '<main id="main">页面出错了</main>' },
};

// What the stand-in says: the rows of its list, the fault it answers with, and who listens.
let rows, fault, address;
const listeners = new Set();
const row = (id) => `<li id="duty-${id}" data-row><a id="who-${id}" href="/people/${id}">${id}</a>
  <a id="do-${id}" href="/form" hx-get="/form" hx-select="#talk" hx-target="#in-place-${id}" hx-swap="innerHTML">记录谈话</a>
  <div id="in-place-${id}" class="in-place"></div></li>`;
const list = () => `<!doctype html><html lang="zh-CN"><head>${CONFIG}<link rel="icon" href="data:,">
  <script src="/htmx.js" defer></script><script src="/peiyu.js" defer></script></head><body><main id="main" tabindex="-1">
  <div id="duties" data-refreshes data-changes="/changes" hx-get="/todo" hx-select="#duties" hx-swap="outerHTML" hx-trigger="peiyu:changed from:body">
  <p data-tells>共 ${rows.length} 项</p><ol>${rows.map(row).join("")}</ol></div></main>
  <p id="told" role="status"></p><p id="offline" role="alert" hidden>没有连上服务器</p></body></html>`;
const SCRIPTS = { "/htmx.js": "assets/htmx-2.0.11.min.js", "/peiyu.js": "assets/peiyu.js" };

function answer(request, response) {
  const script = SCRIPTS[request.url];
  if (script) return response.writeHead(200, { "content-type": "text/javascript" }).end(file(script));
  if (request.url === "/changes") {
    listeners.add(response);
    response.on("close", () => listeners.delete(response));
    return response.writeHead(200, { "content-type": "text/event-stream" }).write("event: ready\ndata: 1\n\n");
  }
  const html = { "content-type": "text/html; charset=utf-8" };
  if (fault && request.headers["hx-request"]) {
    return response.writeHead(fault.status, { ...html, ...fault.headers }).end(fault.body);
  }
  return response.writeHead(200, html).end(list());
}
const server = createServer(answer);
before(() => new Promise((done) => { server.listen(0, "127.0.0.1", done); }));
after(async () => { await close(); server.closeAllConnections(); server.close(); });

async function looking() {
  [rows, fault] = [["a", "b", "c"], undefined];
  address = `http://127.0.0.1:${server.address().port}/todo`;
  const page = await open();
  ["500", "502"].forEach((status) => page.refusals.add(status));
  await page.goto(address);
  await live(page);
  return page;
}
const changed = () => listeners.forEach((listener) => listener.write("event: changed\ndata: 2\n\n"));
const duties = (page) => page.locator("#duties [data-row]").count();

for (const [name, answered] of Object.entries(FAULTS)) {
  test(`a refresh that fails (${name}) leaves the list, says so, and is tried again`, async () => {
    const page = await looking();
    fault = answered;
    changed();
    await page.locator("#offline").waitFor();
    assert.equal(await duties(page), 3);
    fault = undefined;
    await page.locator("#offline").waitFor({ state: "hidden" });
    assert.equal(await duties(page), 3);
    isClean(page);
    await page.context().close();
  });
}

test("whoever asks for something gets the fault page, but not a proxy's", async () => {
  const page = await looking();
  fault = FAULTS.proxy;
  await page.locator("#do-a").click();
  await page.locator("#offline").waitFor();
  fault = FAULTS.ours;
  await page.locator("#do-a").click();
  await page.locator("#main", { hasText: "页面出错了" }).waitFor();
  isClean(page);
  await page.context().close();
});

test("focus and row are where they were, and a region that stays tells what is new", async () => {
  const page = await looking();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const place = () => page.evaluate(() => [document.activeElement.id, document.querySelector(".is-current")?.id]);
  assert.deepEqual(await place(), ["who-b", "duty-b"]);
  await page.evaluate(() => {
    window.region = document.getElementById("told");
    window.settled = new Promise((done) => { document.addEventListener("htmx:afterSettle", done, { once: true }); });
    htmx.trigger(document.body, "peiyu:changed");
    return window.settled.then(() => true);
  });
  assert.deepEqual(await place(), ["who-b", "duty-b"]);
  assert.equal(await page.locator("#told").textContent(), "", "nothing changed, nothing is told");

  rows = ["a", "c"];
  changed();
  await page.waitForFunction(() => window.region.isConnected && window.region.textContent === "共 2 项");
  await page.keyboard.press("j");
  assert.deepEqual(await place(), ["who-c", "duty-c"], "the next row has the place of the one that is gone");
  isClean(page);
  await page.context().close();
});

test("a feed that never rests does not put a refresh off", async () => {
  const page = await looking();
  rows = ["c"];
  const busy = setInterval(changed, 100);
  await page.locator("#duty-a").waitFor({ state: "detached" });
  clearInterval(busy);
  isClean(page);
  await page.context().close();
});
