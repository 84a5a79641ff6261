// What was typed survives: a reload, a sign-in that ended, a server that restarted, a change of language.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { close, isClean, open, signIn } from "./browser.js";
import { account, client, peiyu } from "./house.js";

after(close);
// The same talk twice on one day is refused, so that a second run on one system needs another.
const GIST = `刚写下的要点，一个字也不能丢。${randomUUID()}`;

/** Somebody signed in who has typed a talk into the form; in place, or on its page. */
async function typing(number, { script = true, inPlace = script } = {}) {
  const login = account(number);
  const somebody = await client(login);
  const duty = await somebody.pressing();
  const page = await open({ script });
  await signIn(page, login);
  if (inPlace) await page.locator(`#duty-${duty.id}`).getByRole("link", { name: "记录谈话" }).click();
  else await page.goto(`/people/${duty.candidate}/talks/new`);
  await page.locator('.tap:has([value="政治学习"])').click();
  await page.locator("#gist").fill(GIST);
  const save = () => page.getByRole("button", { name: "保存", exact: true }).click();
  const saved = () => somebody.gists(duty, (told) => told === GIST);
  return { page, duty, login, save, saved };
}

/** Signs in on the page that asks for it in between. */
async function again(page, { login, password }) {
  await page.getByText("填写的内容不会丢失").waitFor();
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(password);
  await page.locator("main button.primary").click();
}

/** Ends the sign-in of a window, from elsewhere. */
async function end(page) {
  const answer = await page.request.delete("/v1/sessions/current");
  assert.ok(answer.ok(), `${answer.status()}`);
}

/** What the tab keeps of forms that were not saved. */
const drafts = (page) => page.evaluate(() => Object.keys(sessionStorage).filter((name) => name.startsWith("draft ")));

test("a reload, in place and on the page of its own", async () => {
  const { page, duty, save, saved } = await typing("9000014");
  await page.reload();
  await page.locator(`#duty-${duty.id}`).getByRole("link", { name: "记录谈话" }).click();
  await page.waitForFunction((gist) => document.querySelector("#gist")?.value === gist, GIST);
  await page.goto(`/people/${duty.candidate}/talks/new`);
  assert.equal(await page.locator("#gist").inputValue(), GIST);
  assert.ok(await page.locator('.tap:has([value="政治学习"])').locator("input").isChecked());
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Record a talk" }).waitFor();
  assert.equal(await page.locator("#gist").inputValue(), GIST, "a change of language costs nothing either");
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("heading", { name: "记录谈话" }).waitFor();
  await save();
  await page.waitForURL((to) => to.searchParams.has("after"));
  assert.deepEqual(await saved(), [GIST]);
  await page.goto(`/people/${duty.candidate}/talks/new`);
  assert.equal(await page.locator("#gist").inputValue(), "", "saved: the draft is gone");
  isClean(page);
  await page.context().close();
});

for (const [name, number, kind] of [
  ["in place", "9000015", {}],
  ["on its page", "9000016", { inPlace: false }],
  ["without JavaScript", "9000017", { script: false }],
]) {
  test(`a sign-in that ended while one was typing (${name})`, async () => {
    const { page, duty, login, save, saved } = await typing(number, kind);
    page.refusals.add("401");
    await end(page);
    await save();
    await again(page, login);
    await page.getByText("刚才填写的内容还在，尚未保存。").waitFor();
    assert.deepEqual(await saved(), [], "nothing was saved behind one's back");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("button", { name: "继续保存" }).click();
    await page.waitForURL((to) => to.searchParams.has("after"));
    assert.deepEqual(await saved(), [GIST]);
    await page.goto(`/people/${duty.candidate}/talks/new`);
    assert.equal(await page.locator("#gist").inputValue(), "", "saved: the draft is gone");
    isClean(page);
    await page.context().close();
  });
}

test("a wrong password in between costs nothing", async () => {
  const { page, login, save, saved } = await typing("9000019", { inPlace: false });
  page.refusals.add("401");
  await end(page);
  await save();
  await again(page, { login: login.login, password: "not the password" });
  await page.locator("#fault").waitFor();
  await page.locator("#password").fill(login.password);
  await page.locator("main button.primary").click();
  await page.getByRole("button", { name: "继续保存" }).click();
  await page.waitForURL((to) => to.searchParams.has("after"));
  assert.deepEqual(await saved(), [GIST]);
  isClean(page);
  await page.context().close();
});

test("an open list whose sign-in ended leads to the sign-in and back", async () => {
  const { page, duty, login } = await typing("9000011");
  page.refusals.add("401");
  await page.getByRole("link", { name: "取消" }).click();
  await end(page);
  await page.locator(`#duty-${duty.id}`).getByRole("link", { name: "记录谈话" }).click();
  await page.waitForURL((to) => to.pathname === "/sign-in" && to.searchParams.has("to"));
  await page.locator("#login").fill(login.login);
  await page.locator("#password").fill(login.password);
  await page.locator("main button.primary").click();
  await page.waitForURL(`**/people/${duty.candidate}/talks/new`);
  assert.equal(await page.locator("#gist").inputValue(), GIST);
  isClean(page);
  await page.context().close();
});

test("a save that fails behind an earlier one costs nothing", async () => {
  const { page, save } = await typing("9000011");
  await save();
  await page.waitForURL((to) => to.searchParams.has("after"));
  const other = `${GIST}（又一次）`;
  const next = () => page.getByRole("link", { name: "记录谈话" }).first().click();
  await next();
  await page.locator('.tap:has([value="政治学习"])').click();
  await page.locator("#gist").fill(other);
  page.refusals.add("ERR_FAILED");
  page.isAway = true;
  await page.route("**/talks/new", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await save();
  await page.locator("#offline").waitFor();
  await page.reload();
  await next();
  await page.waitForFunction((gist) => document.querySelector("#gist")?.value === gist, other);
  isClean(page);
  await page.context().close();
});

test("nobody finds what another typed: after signing out, and when another signs in", async () => {
  const { page } = await typing("9000011", { inPlace: false });
  assert.equal((await drafts(page)).length, 1);
  await page.locator("details.menu summary").click();
  await page.getByRole("button", { name: "退出登录" }).click();
  await page.waitForURL("**/sign-in");
  assert.deepEqual(await drafts(page), []);
  await page.context().close();

  const shared = await typing("9000011", { inPlace: false });
  shared.page.refusals.add("401");
  await end(shared.page);
  await shared.save();
  await again(shared.page, account("9000014"));
  await shared.page.getByText("不是用您的账号填写的").waitFor();
  assert.deepEqual(await drafts(shared.page), []);
  assert.ok(!(await shared.page.content()).includes(GIST));
  isClean(shared.page);
  await shared.page.context().close();
});

test("a server that is away and comes back", async () => {
  const { page, save, saved } = await typing("9000020");
  // While it is away every request fails, the stream of changes too.
  for (const foreseen of ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET"]) {
    page.refusals.add(foreseen);
  }
  page.isAway = true;
  peiyu("down");
  await save();
  await page.locator("#offline").waitFor();
  assert.equal(await page.locator("#gist").inputValue(), GIST);
  peiyu("up", "--detach");
  await save();
  await page.waitForURL((to) => to.searchParams.has("after"));
  assert.deepEqual(await saved(), [GIST]);
  isClean(page);
  await page.context().close();
});
