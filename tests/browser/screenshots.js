// Pictures of the key pages for the README, at a desk and on a phone; `tests/browser/screenshots` starts the system.
import assert from "node:assert/strict";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { close, open, signIn } from "./browser.js";
import { everybody, PAGES, pathOf, placesOf } from "./pages.js";

/** Larger pictures do not belong into a repository. */
const MOST_BYTES = 250_000;
const folder = process.argv[2];
assert.ok(folder, "usage: node screenshots.js FOLDER");
mkdirSync(folder, { recursive: true });

const people = everybody();
const places = await placesOf(people);

async function picture(known, size, dark) {
  const page = await open({ size, dark });
  if (people[known.as]) await signIn(page, people[known.as]);
  await page.goto(pathOf(known, places));
  const file = join(folder, `${known.name}-${size}${dark ? "-dark" : ""}.png`);
  // One dot a pixel: sharp enough for a README, and small.
  writeFileSync(file, await page.screenshot({ scale: "css", animations: "disabled", caret: "hide" }));
  const bytes = statSync(file).size;
  assert.ok(bytes < MOST_BYTES, `${file} has ${bytes} bytes`);
  console.log(`${file} ${bytes}`);
  await page.context().close();
}

try {
  for (const known of PAGES.filter((known) => known.pictured)) {
    for (const size of ["desk", "phone"]) {
      await picture(known, size, false);
      if (known.pictured === "dark too") await picture(known, size, true);
    }
  }
} finally {
  await close();
}
