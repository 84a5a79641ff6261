// Of an officer's day: a class planned, filled and closed.
import assert from "node:assert/strict";
import { fits } from "../browser.js";
import { candidateOf } from "../house.js";
import { saved, to } from "./walk.js";

/** A class of today with one pupil. */
export async function holdClass(walk, pupil) {
  const { name } = await candidateOf(pupil);
  await plan(walk);
  await enrol(walk, pupil, name);
  await results(walk, name);
}

async function plan(walk) {
  const { page, say, count } = walk;
  await to(walk, "/trainings");
  await count.tap(page.getByRole("link", { name: say("开班", "Plan a class") }));
  await page.locator("#title").waitFor();
  const title = say("青年教师理论学习班", "Autumn class of young teachers");
  await count.type(page.locator("#title"), title);
  await count.choose(page.locator("#organisation"), /党委组织部/);
  await count.tap(page.locator(".tap").first());
  const today = new Intl.DateTimeFormat("sv", { timeZone: "Asia/Shanghai" }).format();
  await count.set(page.locator("#from"), today);
  await count.set(page.locator("#to"), today);
  await count.type(page.locator("#hours"), "8");
  await fits(page);
  await count.tap(page.getByRole("button", { name: say("开班", "Plan it") }));
  await saved(walk);
  assert.equal(await page.locator("h1").innerText(), title);
  await page.getByRole("heading", { name: say("还没有人报名", "Nobody is enrolled yet") }).waitFor();
}

async function enrol(walk, pupil, name) {
  const { page, say, count } = walk;
  await count.type(page.locator("#text"), pupil);
  await count.tap(page.getByRole("button", { name: say("查找", "Find") }));
  await count.tap(page.locator(".choices label", { hasText: name }));
  await fits(page);
  await count.tap(page.getByRole("button", { name: say("给选中的人报名", "Enrol those chosen") }));
  await saved(walk);
  assert.match(await page.locator(".summary").innerText(), say(/报名 1/, /Enrolled 1/));
}

async function results(walk, name) {
  const { page, say, count } = walk;
  await count.choose(page.getByLabel(`${say("结果", "Result")} ${name}`), "excellent");
  await fits(page);
  await count.tap(page.getByRole("button", { name: say("保存结果", "Save the results") }));
  await saved(walk);
  const done = page.locator("section.done tr", { hasText: name });
  assert.match(await done.innerText(), say(/优秀\s+8/, /excellent\s+8/));
}
