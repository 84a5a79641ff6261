// The day of a liaison: what is due and why, a talk recorded in place, the dossier, a correction.
import assert from "node:assert/strict";
import { fits, isClean } from "../browser.js";
import { arrive, beside, leave, printed, saved } from "./walk.js";

const GIST = "近况良好，正在准备课题结题，愿意参加党校学习。";
const MENDED = "近况良好，课题已经结题，愿意参加秋季党校学习。";

export async function liaison(walk) {
  const { count } = walk;
  count.task("task 1, see what is due");
  await arrive(walk);
  const duty = await dueAndWhy(walk);
  count.task("task 2, write down a talk");
  await recordTalk(walk, duty);
  count.task("print a talk and correct it");
  await correctTalk(walk, duty);
  count.task();
  await leave(walk);
}

/** What is most pressing stands first and says why. */
async function dueAndWhy({ page, say, count }) {
  assert.equal(await page.locator("h1").innerText(), say("待办", "To do"));
  assert.match(await page.locator(".summary").innerText(), say(/其中 \d+ 项逾期/, /\d+ overdue/));
  const row = page.locator(".duty").first();
  assert.match(await row.innerText(), say(/首次谈话.*逾期 \d+ 天/s, /\d+ days overdue/));
  await count.tap(row.locator("summary"));
  assert.match(await row.locator(".why").innerText(), say(/起由您联系，还没有谈过话。.*依据：.+事件/s, /have not talked yet.*Rule: .+event/s));
  await fits(page);
  return { id: await row.getAttribute("id"), number: await row.locator(".number").innerText(), name: await row.locator(".who").innerText() };
}

/** In place; it vanishes from the list, here and where the list stands open elsewhere. */
async function recordTalk(walk, duty) {
  const { page, say, count } = walk;
  const elsewhere = await beside(walk);
  await elsewhere.locator(`#${duty.id}`).waitFor();
  const row = page.locator(`#${duty.id}`);
  await count.tap(row.getByRole("link", { name: say("记录谈话", "Record talk") }));
  // In place; without scripts on a page of its own.
  const form = page.locator("#talk form");
  await count.tap(form.locator('.tap:has([value="思想状况"])'));
  await count.tap(form.locator('.tap:has([value="教学科研"])'));
  await count.type(form.locator("#gist"), GIST);
  await fits(page);
  await count.tap(form.getByRole("button", { name: say("保存", "Save") }));
  await saved(walk);
  assert.equal(await row.count(), 0, "the duty is met and gone");
  await elsewhere.locator(`#${duty.id}`).waitFor({ state: "detached" });
  const next = page.locator(".duty", { hasText: duty.number });
  await elsewhere.locator(".duty", { hasText: duty.number }).waitFor();
  assert.match(await next.innerText(), say(/定期谈话/, /[Nn]ext talk/), "the next talk is due in its turn");
  assert.equal(await elsewhere.evaluate(() => window.same), true, "nobody loaded the other list again");
  isClean(elsewhere);
  await elsewhere.context().close();
}

/** By the dossier: what was written first stays beside what is right. */
async function correctTalk(walk, duty) {
  const { page, say, count } = walk;
  await count.tap(page.locator(".duty", { hasText: duty.number }).locator("a.who"));
  await page.locator("h1", { hasText: duty.name }).waitFor();
  assert.match(await page.locator(".dossier-head").innerText(), say(/，共 1 次/, /, 1 in all/));
  await fits(page);
  const talk = page.locator(".event", { has: page.locator("a[href*='/talks/']") }).first();
  await count.tap(talk.locator("summary"));
  assert.match(await talk.innerText(), new RegExp(GIST));
  await count.tap(talk.locator("a[href*='/talks/']"));
  await page.locator(".record-of-talk", { hasText: GIST }).waitFor();
  await printed(walk, say(/谈话对象签名/, /Signature of the other/), GIST);
  await count.tap(page.getByRole("link", { name: say("更正", "Correct"), exact: true }));
  await count.type(page.locator("#gist"), MENDED);
  await count.type(page.locator("#reason"), say("记错了学期", "The wrong term"));
  await fits(page);
  await count.tap(page.getByRole("button", { name: say("保存更正", "Save the correction") }));
  await saved(walk);
  const correction = page.locator(".correction");
  assert.equal(await correction.locator("del").first().innerText(), GIST);
  assert.equal(await correction.locator("ins").first().innerText(), MENDED);
}
