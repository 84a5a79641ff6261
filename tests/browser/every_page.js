// Every page, at a desk and on a phone, in both languages, light and dark: what axe finds, what the console says,
// what moves, what is too wide, and how much comes over the wire.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { close, fits, isClean, open, signIn } from "./browser.js";
import { everybody, LOGINS, PAGES, pathOf, placesOf } from "./pages.js";

/** The promise for the first page, with everything that it loads. */
const MOST_BYTES = 100_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Names that a form's own properties have: a field called so hides them from htmx. */
const HIDING = ["form", "action", "method", "target", "id", "elements", "closest"];

const people = everybody();
let places;
before(async () => { places = await placesOf(people); });
after(close);

async function findings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter((violation) => ["serious", "critical"].includes(violation.impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160) + " " + node.failureSummary).join("\n")}`);
}

for (const [size, language, dark] of [
  ["desk", "zh", false], ["phone", "zh", true], ["phone", "en", false], ["desk", "en", true],
]) {
  test(`every page is sound (${size}, ${language}, ${dark ? "dark" : "light"})`, async (t) => {
    for (const role of ["nobody", ...Object.keys(LOGINS)]) {
      const page = await open({ size, language, dark });
      if (people[role]) await signIn(page, people[role]);
      for (const known of PAGES.filter((known) => known.as === role)) {
        await t.test(known.name, async () => {
          if (known.status) page.refusals.add(`${known.status}`);
          const answer = await page.goto(pathOf(known, places));
          assert.equal(answer.status(), known.status ?? 200);
          assert.equal(await page.locator("html").getAttribute("lang"), { zh: "zh-CN", en: "en" }[language]);
          assert.equal(await page.locator("h1").count(), 1, "one heading says what the page is");
          // What is folded is looked at too.
          assert.deepEqual(await page.evaluate(() => window.shifts), [], "something moved while the page was loading");
          await page.evaluate(() => document.querySelectorAll("main details").forEach((folded) => { folded.open = true; }));
          assert.deepEqual(await findings(page), []);
          await fits(page);
          const named = await page.locator("form[hx-post] [name], form[hx-get] [name]").evaluateAll((fields) => fields.map((field) => field.name));
          assert.deepEqual(named.filter((name) => HIDING.includes(name)), [], "a field hides a property of its form");
          isClean(page);
        });
      }
      await page.context().close();
    }
  });
}

test("the first page and the list weigh little over the wire", async (t) => {
  for (const [name, path, role] of [["sign-in", "/", "nobody"], ["todo", "/todo", "liaison"]]) {
    const page = await open({ size: "phone" });
    if (people[role]) await signIn(page, people[role]);
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    await network.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    network.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await page.goto(path);
    const times = await page.evaluate(() => performance.getEntriesByType("navigation")[0].responseStart);
    assert.ok(bytes > 0 && bytes < MOST_BYTES, `${name}: ${bytes} bytes`);
    t.diagnostic(`${name}: ${bytes} bytes over the wire, first byte after ${Math.round(times)} ms`);
    isClean(page);
    await page.context().close();
  }
});
