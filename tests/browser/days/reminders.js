// Of an officer's day: what reminders went out, and which would.
import assert from "node:assert/strict";
import { fits } from "../browser.js";
import { to } from "./walk.js";

/** What went out, or that nothing has yet; what would on a working day in two weeks, with a mail as it would be. */
export async function reminders(walk) {
  const { page, say, count } = walk;
  await to(walk, "/reminders");
  await page.locator("table, .empty").first().waitFor();
  await count.tap(page.locator(".tabs a", { hasText: say("预览", "Preview") }));
  await page.locator("input[name=on]").waitFor();
  const ahead = new Date(`${await page.locator("input[name=on]").inputValue()}T00:00:00Z`);
  ahead.setUTCDate(ahead.getUTCDate() + 20);
  await count.set(page.locator("input[name=on]"), ahead.toISOString().slice(0, 10));
  await count.tap(page.getByRole("button", { name: say("预览", "Preview"), exact: true }));
  await page.waitForURL(/on=/);
  const working = page.getByRole("link", { name: say("预览该日", "Preview that day") });
  if (await working.count()) await count.tap(working);
  await page.locator(".summary", { hasText: say(/将发给 \d+ 人/, /\d+ people/) }).waitFor();
  await fits(page);
  await count.tap(page.getByRole("link", { name: say("看邮件", "See the mail") }).first());
  assert.match(await page.locator(".letter").innerText(), /待办|\/todo/);
  assert.match(await page.locator("main").innerText(), say(/只是预览，没有发出/, /nothing was sent/));
  await fits(page);
}
