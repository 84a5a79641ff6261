// The day of an officer of the organisation department: the month's roster, the pool, the picture of the university.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fits } from "../browser.js";
import { candidateOf } from "../house.js";
import { rowsOf } from "../workbook.js";
import { monthly, mended } from "./roster.js";
import { holdClass } from "./classes.js";
import { reminders } from "./reminders.js";
import { arrive, leave, saved, to } from "./walk.js";

/** `title`: what somebody has become since the last roster; `pupil`: staff number of who sits in the class. */
export const officer = ({ title, pupil }) => async (walk) => {
  const { page, say, count } = walk;
  count.task("task 7, keep the pool right");
  await arrive(walk);
  assert.equal(await page.locator("h1").innerText(), say("待办", "To do"));
  const roster = monthly(title);
  await takeIn(walk, roster);
  for (const number of roster.numbers) await candidateOf(number);
  await propose(walk, roster);
  count.task("task 8, watch the numbers");
  await lookAtThePool(walk, roster);
  await lookAtAnotherDay(walk);
  count.task("task 9, hold a class from its plan to its results");
  await holdClass(walk, pupil);
  count.task("see what reminders went out and which would");
  await reminders(walk);
  count.task();
  await leave(walk);
};

/** The counts of a run's page, by their words. */
async function tiles(page) {
  const pairs = await page.locator(".tiles > div").evaluateAll((all) =>
    all.map((one) => [one.querySelector("dt").innerText, Number(one.querySelector("dd").innerText)]));
  return Object.fromEntries(pairs);
}

/** The run's page follows the run; without scripts one asks for it again. */
async function ended({ page, script, say }, zh, en) {
  const heading = page.getByRole("heading", { name: say(zh, en) });
  while (!script && await heading.count() === 0) await page.reload();
  await heading.waitFor();
  await fits(page);
}

/** From the file to what it would do. */
async function check(walk, file) {
  const { page, say, count } = walk;
  await count.file(page.locator("[data-drop]"), file);
  await count.tap(page.getByRole("button", { name: say("核对", "Check it") }));
  await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
  await ended(walk, "导入后会怎样", "What it would do");
}

/** From there to what it came to. */
async function confirm(walk) {
  const { page, say, count } = walk;
  const checked = page.url();
  await count.tap(page.getByRole("button", { name: say("确认导入", "Take in") }));
  await page.waitForURL((address) => /\/imports\/[0-9a-f-]{36}$/.test(address) && `${address}` !== checked);
  await ended(walk, "导入结果", "What it came to");
}

/** Looked at by columns and counts, confirmed; what was rejected comes as a file and goes back mended. */
async function takeIn(walk, roster) {
  const { page, say, count } = walk;
  await to(walk, "/imports");
  await check(walk, roster.file);
  const word = { new: say("新增", "New"), changed: say("变更", "Changed"), rejected: say("退回", "Rejected"), conflicts: say("冲突", "Conflicts") };
  const would = await tiles(page);
  assert.deepEqual([would[word.new], would[word.changed], would[word.rejected], would[word.conflicts]], [2, 1, 2, 1]);
  assert.match(await page.locator("main").innerText(), new RegExp(say(`共 ${roster.rows} 行，可导入 ${roster.rows - 2} 行`, `Of ${roster.rows} rows`)));
  const columns = page.locator("section", { has: page.locator("h2", { hasText: say("列的对应", "Columns") }) });
  const first = columns.locator("tbody tr").first();
  assert.match(await first.innerText(), /工号.*9000001/s, "each column by an example");
  assert.match(await first.locator("option:checked").textContent(), say(/^\s*工号/, /^\s*staff number/));
  const rejected = page.locator("section", { has: page.locator("#rejected-title") });
  assert.match(await rejected.innerText(), say(/所在单位.*理学院/s, /所在单位.*Nearest: .*理学院/s));
  await confirm(walk);
  assert.deepEqual([(await tiles(page))[word.new], (await tiles(page))[word.rejected]], [2, 2]);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    count.tap(page.getByRole("link", { name: say("下载退回的行（.xlsx）", "Download them (.xlsx)") })),
  ]);
  const again = mended(readFileSync(await download.path()));
  assert.equal(again.reasons.length, 2);
  assert.ok(again.reasons.every((reason) => reason.length > 0), "each row says why");
  await count.tap(page.getByRole("link", { name: say("导入改好的文件", "Take the mended file in") }));
  await page.waitForURL("**/imports?kind=roster");
  await check(walk, again.file);
  assert.deepEqual([(await tiles(page))[word.new], (await tiles(page))[word.rejected]], [2, 0]);
  await confirm(walk);
  assert.equal((await tiles(page))[word.new], 2);
}

/** From the gaps to the proposal: one row goes to somebody else, one is left out, the others are applied. */
async function propose(walk, { names, numbers }) {
  const { page, say, count } = walk;
  await to(walk, "/coverage");
  await count.tap(page.getByRole("link", { name: say("缺口一览", "Gaps"), exact: true }));
  const open = page.locator("tr[data-row]", { has: page.locator(".badge.bad") });
  for (const name of names) await open.filter({ hasText: name }).first().waitFor();
  await fits(page);
  await count.tap(page.getByRole("link", { name: say("返回联系覆盖", "Back to coverage") }));
  await count.tap(page.getByRole("link", { name: say("联系人分配建议", "Proposal"), exact: true }));
  const row = (text) => page.locator("table.proposal tbody tr", { hasText: text });
  await row(numbers[0]).waitFor();
  const rows = await page.locator("table.proposal tbody tr").count();
  for (const text of await page.locator("table.proposal tbody tr td:nth-child(4)").allInnerTexts()) assert.ok(text.trim(), "every row says why");
  await fits(page);
  await count.choose(row(numbers[0]).locator("select"), say(/（已联系 \d+ 人）/, /\(accompanies \d+\)/));
  const taken = (await row(numbers[0]).locator("option:checked").innerText()).split(" · ")[0];
  await count.choose(row(numbers[1]).locator("select"), say(/暂不指定/, /leave out/));
  await count.tap(page.getByRole("button", { name: say("采用", "Apply") }));
  await saved(walk);
  count.task();
  await goDown(walk);
  const leaders = page.locator("table.leaders tr");
  await leaders.filter({ hasText: taken }).filter({ hasText: names[0] }).first().waitFor();
  await count.tap(page.getByRole("link", { name: say("联系人分配建议", "Proposal"), exact: true }));
  await row(numbers[1]).waitFor();
  assert.equal(await page.locator("table.proposal tbody tr").count(), 1, `of ${rows} rows one was left out`);
}

/** From the university to one of its schools. */
async function goDown({ page, count }) {
  await count.tap(page.locator("table.cover tbody tr", { hasText: "理学院党委" }).locator("a").first());
  await page.locator(".crumbs [aria-current]", { hasText: "理学院党委" }).waitFor();
  await fits(page);
}

/** Sought by initials, filtered, taken away as a workbook that is the list as shown. */
async function lookAtThePool(walk, { names, numbers }) {
  const { page, script, say, count } = walk;
  await to(walk, "/pool");
  await count.type(page.locator("#search"), "gy");
  if (!script) await count.tap(page.getByRole("button", { name: say("查找", "Search") }));
  const found = page.locator(".pool-table tbody tr");
  await found.filter({ hasText: "9000101" }).waitFor({ state: "detached" });
  await found.filter({ hasText: numbers[0] }).waitFor();
  for (const text of await found.allInnerTexts()) assert.match(text, new RegExp(names[0].slice(0, 2)));
  assert.ok(!page.url().includes("gy"), "what is sought stands in no address");
  await count.tap(page.locator(".pool-quick a", { hasText: say("已逾期", "Overdue") }));
  await page.waitForURL(/state=overdue/);
  await count.choose(page.locator("select[name=organisation]"), /理学院党委/);
  await fits(page);
  await count.tap(page.getByRole("button", { name: say("应用", "Apply"), exact: true }));
  await page.waitForURL(/organisation=/);
  const shown = await found.count();
  assert.ok(shown > 0);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    count.tap(page.getByRole("button", { name: say("导出 Excel", "Download .xlsx") })),
  ]);
  assert.match(download.suggestedFilename(), /\.xlsx$/);
  const [, ...rows] = rowsOf(readFileSync(await download.path()));
  assert.equal(rows.length, shown, "as many rows as are shown");
  const first = (await found.locator("th a").allInnerTexts());
  assert.deepEqual(rows.map((row) => row[0]), first, "in the order shown");
}

/** The picture of today adds up; three months on, whoever was talked with is overdue; one goes down to the people. */
async function lookAtAnotherDay(walk) {
  const { page, say, count } = walk;
  await to(walk, "/coverage");
  const totals = async () => (await page.locator("table.cover tfoot td.n, table.cover tfoot th.n").allInnerTexts())
    .map((text) => Number(/\d+/.exec(text)[0]));
  const today = await totals();
  assert.equal(today.slice(1).reduce((sum, number) => sum + number), today[0], "the standings add up to the pool");
  const day = page.locator("input[name=as_of]");
  const later = new Date(`${await day.inputValue()}T00:00:00Z`);
  later.setUTCDate(later.getUTCDate() + 100);
  const on = later.toISOString().slice(0, 10);
  await count.set(day, on);
  await count.tap(page.getByRole("button", { name: say("查看", "Show") }));
  await page.waitForURL(`**as_of=${on}**`);
  const then = await totals();
  assert.equal(then[0], today[0]);
  assert.ok(then[3] > today[3], `${then} against ${today}: more are overdue`);
  await fits(page);
  await goDown(walk);
  await count.tap(page.locator("table.cover tfoot a[href*='standing=overdue']"));
  await page.locator("h2 .chip.overdue").waitFor();
  assert.ok(await page.locator("tr[data-row]").count() > 0, "the people behind the number");
  await fits(page);
}
