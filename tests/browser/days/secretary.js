// The day of a secretary of a school: what is due there, who is overdue, a liaison assigned and one handed over,
// paper, the password; and what lies beyond their part is not theirs to see.
import assert from "node:assert/strict";
import { fits, isClean } from "../browser.js";
import { candidateOf } from "../house.js";
import { arrive, beside, leave, printed, saved, to } from "./walk.js";

/** Two schools of the demo, with whom each has for which step: staff numbers, and names of those who are chosen. */
export const SCIENCE = { school: "理学院", gap: "9000119", assigned: "柏雨亦", own: "9000111", successor: "蒋辰思", late: "9000103", stranger: "9000104" };
export const ENGINEERING = { school: "工学院", gap: "9000120", assigned: "孔思心", own: "9000113", successor: "孔思心", late: "9000104", stranger: "9000103" };

export const secretary = (people) => async (walk) => {
  const { count } = walk;
  count.task("task 1, see what is due in one's school");
  await arrive(walk);
  await dueHere(walk, people);
  count.task("see who is overdue in one's school, and print a dossier");
  await overdue(walk, people);
  count.task("assign a liaison");
  await assign(walk, people);
  count.task("hand over to another liaison");
  await handOver(walk, people);
  count.task();
  await beyond(walk, people);
  await changePassword(walk);
  await leave(walk);
};

/** Own talks and the school's gaps. */
async function dueHere({ page, say, count }, { gap }) {
  const row = page.locator(".duty", { hasText: gap });
  assert.match(await row.innerText(), say(/期限 \d{4}-\d\d-\d\d/, /due \d{4}-\d\d-\d\d/));
  await count.tap(row.locator("summary"));
  assert.match(await row.locator(".why").innerText(), say(/起没有联系人。.*依据：/s, /Nobody has accompanied them since.*Rule: /s));
  await fits(page);
}

/** Whoever is overdue in the school, and nobody of another one; the dossier says since when. */
async function overdue(walk, { school, late }) {
  const { page, say, count } = walk;
  await to(walk, "/pool");
  await count.tap(page.locator(".pool-quick a", { hasText: say("已逾期", "Overdue") }));
  await page.waitForURL(/state=overdue/);
  const rows = page.locator(".pool-table tbody tr");
  const told = Number(/\d+/.exec(await page.locator(".pool-bar .summary").innerText())[0]);
  assert.equal(await rows.count(), told);
  for (const row of await rows.allInnerTexts()) assert.match(row, new RegExp(`${school}.*${say("逾期", "overdue")}`, "s"));
  await fits(page);
  await count.tap(rows.filter({ hasText: late }).locator("a").first());
  assert.match(await page.locator(".dossier-head").innerText(), say(/逾期 \d+ 天/, /\d+ days overdue/));
  await printed(walk, new RegExp(late), say(/打印人/, /printed by/));
}

async function assign(walk, { gap, assigned }) {
  const { page, say, count } = walk;
  await to(walk, "/todo");
  await count.tap(page.locator(".duty", { hasText: gap }).getByRole("link", { name: say("指定联系人", "Assign a liaison") }));
  await count.choose(page.locator("#liaison"), new RegExp(assigned));
  await fits(page);
  await count.tap(page.getByRole("button", { name: say("指定", "Assign"), exact: true }));
  await saved(walk);
  assert.match(await page.locator(".dossier-head").innerText(), new RegExp(assigned));
  await to(walk, "/todo");
  await page.locator(".duty", { hasText: gap }).waitFor({ state: "detached" });
}

/** One of those whom they accompany goes to somebody else. */
async function handOver(walk, { own, successor }) {
  const { page, say, count } = walk;
  await count.tap(page.locator(".duty", { hasText: own }).locator("a.who"));
  await count.tap(page.getByRole("link", { name: say("更换或结束联系", "Change or end liaison") }));
  await count.choose(page.locator("#liaison"), new RegExp(successor));
  await count.tap(page.getByRole("button", { name: say("交接", "Hand over"), exact: true }));
  await saved(walk);
  assert.match(await page.locator(".dossier-head").innerText(), new RegExp(successor));
  await to(walk, "/todo");
  await page.locator(".duty", { hasText: own }).waitFor({ state: "detached" });
}

/** No imports, no corrections of records, nobody of another school. */
async function beyond({ page, say, count }, { late, stranger }) {
  assert.equal(await page.locator(".places a", { hasText: say("导入", "Import") }).count(), 0);
  const theirs = (await candidateOf(late)).id;
  await page.goto(`/people/${theirs}`);
  assert.equal(await page.getByRole("link", { name: say("更正信息", "Correct a field") }).count(), 0);
  page.refusals.add("403").add("404");
  assert.equal((await page.goto(`/people/${theirs}/correct`)).status(), 403);
  const other = (await candidateOf(stranger)).id;
  for (const path of [`/people/${other}`, `/people/${other}/liaison`]) {
    assert.equal((await page.goto(path)).status(), 404, path);
  }
  await fits(page);
  await count.tap(page.getByRole("link", { name: say("回到首页", "To the first page") }));
  await page.waitForURL("**/todo");
}

/** Refused with the wrong one; taken with the right one, which ends every other sign-in. */
async function changePassword(walk) {
  const { page, login, say, count } = walk;
  const elsewhere = await beside(walk);
  page.refusals.add("401").add("422");
  await count.tap(page.locator("details.menu summary"));
  await count.tap(page.getByRole("link", { name: say("修改密码", "Change password") }));
  const fresh = "春风化雨，润物细无声";
  const change = async (present) => {
    await count.type(page.locator("#present"), present);
    await count.type(page.locator("#new"), fresh);
    await count.type(page.locator("#again"), fresh);
    await count.tap(page.locator("main button.primary"));
  };
  await change("not the password");
  await page.locator("#fault").waitFor();
  await fits(page);
  await change(login.password);
  await page.locator(".notice[role=status]").waitFor();
  await count.tap(page.getByRole("link", { name: say("去待办", "To what you have to do") }));
  await page.locator("h1", { hasText: say("待办", "To do") }).waitFor();
  assert.equal(await page.locator(".notice.warn").count(), 0, "nothing asks for another password any more");
  await elsewhere.goto("/todo");
  assert.equal(new URL(elsewhere.url()).pathname, "/sign-in", "the other sign-in has ended");
  isClean(elsewhere);
  await elsewhere.context().close();
  login.password = fresh;
  await leave(walk);
  await arrive(walk);
}
