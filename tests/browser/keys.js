// By keys alone: `/` searches from anywhere, `?` shows the sheet, `g` leads to every place one may go, `j` to the rows.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { close, isClean, open, signIn } from "./browser.js";
import { passwordOf } from "./house.js";

after(close);
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());

test("an officer goes everywhere without a mouse", async () => {
  const page = await open();
  await signIn(page, { login: "9000002", password: passwordOf("9000002") });
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "跳到正文", "what comes first skips the head");

  await page.keyboard.press("/");
  await page.waitForURL("**/pool#search");
  await page.waitForFunction(() => document.activeElement.id === "search");
  await page.keyboard.type("?gt", { delay: 0 });
  assert.equal(await page.locator("#search").inputValue(), "?gt", "whoever types is left alone");
  await page.goto("/pool");

  await page.keyboard.press("j");
  const first = page.locator("[data-row]").first();
  assert.equal(await focused(page), await first.locator("a").first().innerText());
  await page.keyboard.press("Enter");
  await page.waitForURL("**/people/*");

  await page.keyboard.press("?");
  const sheet = page.locator("#keys");
  await sheet.waitFor();
  const places = await page.locator(".places a").evaluateAll((links) => links.map(({ dataset, pathname, textContent }) => ({ key: dataset.key, path: pathname, name: textContent })));
  assert.ok(places.length >= 6);
  for (const { name } of places) assert.ok((await sheet.innerText()).includes(`到${name}`), name);
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });
  for (const { key, path } of places) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForURL(`**${path}`);
  }
  isClean(page);
  await page.context().close();
});

test("a place that is not one's own has no key", async () => {
  const page = await open();
  await signIn(page, { login: "9000013", password: passwordOf("9000013") });
  await page.keyboard.press("?");
  assert.ok(!(await page.locator("#keys").innerText()).includes("到导入"));
  isClean(page);
  await page.context().close();
});
