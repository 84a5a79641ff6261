// Debian's Chromium, and an eye on everything that a page must not do.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { url } from "./house.js";

const PROGRAMS = [process.env.PEIYU_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** A desk and a phone, in CSS pixels. */
export const SIZES = {
  desk: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};
const TAGS = { zh: "zh-CN", en: "en-GB" };
/** Longest that anything is waited for, in milliseconds; conditions are waited for, never time. */
const LIMIT = Number(process.env.PEIYU_TEST_LIMIT ?? 120_000);

let program;
async function browser() {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path));
  assert.ok(executablePath, "Chromium was not found: run deploy/install --tests, or set PEIYU_CHROMIUM");
  // Chromium's sandbox does not start as root.
  const sandbox = process.getuid() === 0 ? ["--no-sandbox"] : [];
  // The fields for days are the browser's own and speak its language.
  program ??= await chromium.launch({ executablePath, args: [...sandbox, "--lang=zh-CN"] });
  return program;
}

/** Ends the browser; without it node would not end. */
export async function close() {
  await program?.close();
  program = undefined;
}

function watchInPage() {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) {
      const moved = shift.sources.map((source) => source.node?.outerHTML?.slice(0, 80) ?? "?");
      window.shifts.push({ value: shift.value, moved });
    }
  }).observe({ type: "layout-shift", buffered: true });
  document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}

/**
 * Opens a window of its own: `size` "desk" or "phone", `language` "zh" or "en", `dark`, `script` (false: JavaScript
 * is off). `faults` collects console errors, exceptions and violations of the policy; a refused request logs an
 * error by itself and is no fault when its status was foreseen by `page.refusals.add("422")`; nor are requests to a
 * server that is known to be away, `page.isAway = true`.
 */
export async function open({ size = "desk", language = "zh", dark = false, script = true } = {}) {
  const context = await (await browser()).newContext({
    ...SIZES[size], baseURL: url, locale: TAGS[language], timezoneId: "Asia/Shanghai",
    colorScheme: dark ? "dark" : "light", javaScriptEnabled: script,
  });
  context.setDefaultTimeout(LIMIT);
  await context.addInitScript(watchInPage);
  const page = await context.newPage();
  page.faults = [];
  page.refusals = new Set();
  page.on("pageerror", (error) => page.faults.push(`exception: ${error.stack}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const status = /status of (\d+)/.exec(message.text())?.[1] ?? /net::(ERR_\w+)/.exec(message.text())?.[1];
    if (status && page.refusals.has(status)) return;
    // htmx logs what it tells the page, too.
    if (page.isAway && message.location().url.endsWith("/htmx.js")) return;
    page.faults.push(`${message.text()} (${message.location().url})`);
  });
  return page;
}

/** Signs somebody in through the page, as they would; they land on the first page that they may see, mostly 待办. */
export async function signIn(page, { login, password }) {
  await page.goto("/");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(password);
  await page.locator("main button.primary").click();
  await page.waitForURL((to) => !["/", "/sign-in"].includes(to.pathname));
}

/** Waits until the page is told of changes. */
export async function live(page) {
  await page.waitForFunction(() => document.documentElement.dataset.live === "on");
}

/** Nothing went wrong in the window so far. */
export function isClean(page) {
  assert.deepEqual(page.faults, [], `faults on ${page.url()}`);
}

/** The page itself does not scroll sideways. */
export async function fits(page) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const over = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1);
    return over.map((e) => e.outerHTML.slice(0, 100));
  });
  assert.deepEqual(wide, [], `${page.url()} scrolls sideways`);
}
