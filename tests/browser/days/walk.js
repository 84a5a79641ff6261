// What every day has in common: signing in and out by hand, counted; who shall be seen, and what paper would show.
import assert from "node:assert/strict";
import { test } from "node:test";
import { counting } from "../counting.js";
import { fits, isClean, live, open } from "../browser.js";

/** A window in which somebody goes through their day. `say` chooses the words of the page's language. */
async function begin({ size, language, script = true }, login, note) {
  const page = await open({ size, language, script });
  const say = (zh, en) => (language === "zh" ? zh : en);
  const count = counting(page, { size, language, script }, note);
  return { page, language, script, login, say, count };
}

/** One day in one window, walked whole. `most`: what its tasks may take. */
export function day(name, where, login, most, walkThrough) {
  test(`${name} (${where.size}, ${where.language}${where.script === false ? ", JavaScript off" : ""})`, async (t) => {
    const walk = await begin(where, login(), (text) => t.diagnostic(text));
    await walkThrough(walk);
    walk.count.holds(most);
    await fits(walk.page);
    isClean(walk.page);
    await walk.page.context().close();
  });
}

/** From the address to 待办. */
export async function arrive({ page, login, count }) {
  await page.goto("/");
  await count.type(page.locator("#login"), login.login);
  await count.type(page.locator("#password"), login.password);
  await count.tap(page.locator("main button.primary"));
  await page.waitForURL("**/todo");
}

/** To one of the pages of the main navigation. */
export async function to({ page, count }, path) {
  await count.tap(page.locator(`.places a[href="${path}"]`));
  await page.waitForURL((address) => address.pathname === path);
  await fits(page);
}

export async function leave({ page, say, count }) {
  await count.tap(page.locator("details.menu summary"));
  await count.tap(page.getByRole("button", { name: say("退出登录", "Sign out") }));
  await page.waitForURL("**/sign-in");
  await page.goto("/todo");
  assert.equal(new URL(page.url()).pathname, "/sign-in", "whoever left is asked to sign in");
}

/** The page says that what was sent is saved, and shows it. */
export async function saved({ page, say }) {
  await page.waitForURL((address) => address.searchParams.has("after"));
  await page.locator(".notice[role=status]", { hasText: say("已保存。", "Saved.") }).waitFor();
  await fits(page);
}

/** Asks for a print, where a script can, and looks at what the paper would show. */
export async function printed({ page, script, say, count }, ...texts) {
  const button = page.getByRole("button", { name: say("打印", "Print") });
  await page.waitForLoadState();
  if (script) {
    await page.evaluate(() => { window.prints = 0; window.print = () => { window.prints += 1; }; });
    await count.tap(button);
    assert.equal(await page.evaluate(() => window.prints), 1);
  } else {
    assert.ok(await button.isHidden(), "what only a script can do is not offered");
  }
  await page.emulateMedia({ media: "print" });
  for (const text of texts) await page.getByText(text).locator("visible=true").first().waitFor();
  for (const left of [".top", ".actions"]) assert.ok(await page.locator(left).first().isHidden(), `${left} is not printed`);
  await page.emulateMedia({ media: null });
}

/** A second window of the same person, at a desk, that is told of changes. */
export async function beside({ login, language }) {
  const page = await open({ language });
  const count = { type: (field, text) => field.fill(text), tap: (button) => button.click() };
  await arrive({ page, login, count });
  await page.evaluate(() => { window.same = true; });
  await live(page);
  return page;
}
