// 记录谈话: in place, counted tap by tap, on two sizes and in both languages; the list is live; nothing is saved twice.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { close, fits, isClean, live, open, signIn } from "./browser.js";
import { account, client, peiyu, talkOf } from "./house.js";

/** The promise for a talk on a phone, beside the typed gist. */
const MOST_TAPS = 12;
after(close);

const words = {
  zh: { record: "记录谈话", save: "保存", saved: "已保存。" },
  en: { record: "Record talk", save: "Save", saved: "Saved." },
};
// Each has somebody to talk with whom nobody else here talks with.
const walks = [
  { size: "desk", language: "zh", liaison: "9000014" },
  { size: "desk", language: "en", liaison: "9000015" },
  { size: "phone", language: "zh", liaison: "9000016" },
  { size: "phone", language: "en", liaison: "9000017" },
];

for (const { size, language, liaison } of walks) {
  test(`a talk is recorded in place (${size}, ${language})`, async (t) => {
    const login = account(liaison);
    const somebody = await client(login);
    const duty = await somebody.pressing();
    const page = await open({ size, language });
    await signIn(page, login);
    let taps = 0;
    const tap = async (locator) => {
      taps += 1;
      await (size === "phone" ? locator.tap() : locator.click());
    };
    const row = page.locator(`#duty-${duty.id}`);
    await tap(row.getByRole("link", { name: words[language].record }));
    const form = row.locator("form");
    assert.equal(await form.locator("#held_on").inputValue(), (await somebody.get("/v1/whoami")).today, "today is filled in");
    assert.match(await row.innerText(), new RegExp(duty.name), "so is the person");
    await fits(page);
    await tap(form.locator('.tap:has([value="思想状况"])'));
    await tap(form.locator('.tap:has([value="教学科研"])'));
    await tap(form.locator("#gist"));
    const gist = `近况良好，愿意参加党校学习（${size} ${language}）。`;
    await page.keyboard.insertText(gist);
    await tap(form.getByRole("button", { name: words[language].save }));
    await page.waitForURL((to) => to.searchParams.has("after"));
    await page.getByText(words[language].saved).waitFor();
    assert.equal(await page.locator(`#duty-${duty.id}`).count(), 0, "the duty is met and gone");
    assert.deepEqual(await somebody.gists(duty, (told) => told === gist), [gist]);
    assert.ok(taps <= MOST_TAPS, `${taps} taps`);
    t.diagnostic(`${taps} taps beside the typed gist`);
    await fits(page);
    isClean(page);
    await page.context().close();
  });
}

test("what others do shows in the open list without a reload, and leaves a form that is open alone", async () => {
  const login = account("9000018");
  const somebody = await client(login);
  const { today } = await somebody.get("/v1/whoami");
  const duty = await somebody.pressing();
  const page = await open();
  await signIn(page, login);
  await page.evaluate(() => { window.same = true; });
  await live(page);
  await page.locator(`#duty-${duty.id}`).waitFor();
  await somebody.post(`/v1/candidates/${duty.candidate}/talks`, talkOf(today, "另一处记录的谈话"));
  await page.locator(`#duty-${duty.id}`).waitFor({ state: "detached" });

  const next = await somebody.pressing();
  const row = page.locator(`#duty-${next.id}`);
  await row.getByRole("link", { name: "记录谈话" }).click();
  await row.locator("#gist").fill("写到一半");
  // Somebody new to accompany: held back while there is something open, shown once it is closed.
  peiyu("liaison", "assign", "--candidate", "9000118", "--liaison", "9000018", "--operator");
  await page.waitForFunction(() => document.documentElement.dataset.waiting === "yes");
  assert.equal(await row.locator("#gist").inputValue(), "写到一半");
  await row.getByRole("link", { name: "取消" }).click();
  await page.locator(".duty .number", { hasText: "9000118" }).waitFor();
  assert.equal(await page.evaluate(() => window.same), true, "the page was never loaded again");
  isClean(page);
  await page.context().close();
});

test("a double click saves one talk", async () => {
  const login = account("9000019");
  const somebody = await client(login);
  const duty = await somebody.pressing();
  const page = await open();
  await signIn(page, login);
  await page.goto(`/people/${duty.candidate}/talks/new`);
  await page.locator('.tap:has([value="工作生活"])').click();
  await page.locator("#gist").fill("双击一次");
  await page.getByRole("button", { name: "保存" }).dblclick();
  await page.waitForURL((to) => to.searchParams.has("after"));
  assert.deepEqual(await somebody.gists(duty, (told) => told === "双击一次"), ["双击一次"]);

  // Without JavaScript nothing stops the second sending: the key of the form does.
  const plain = await open({ script: false });
  await signIn(plain, login);
  await plain.goto(`/people/${duty.candidate}/talks/new`);
  const key = await plain.locator("input[name=key]").inputValue();
  const sent = { key, held_on: await plain.locator("#held_on").inputValue(), talk_form: "single", topics: "工作生活", gist: "同一张表" };
  const send = () => plain.request.post(`/people/${duty.candidate}/talks/new`, { form: sent, maxRedirects: 0 });
  const answers = await Promise.all([send(), send()]);
  assert.deepEqual(answers.map((answer) => answer.status()), [303, 303]);
  assert.deepEqual(await somebody.gists(duty, (told) => told === "同一张表"), ["同一张表"]);
  isClean(page);
  await Promise.all([page.context().close(), plain.context().close()]);
});

for (const script of [true, false]) {
  test(`back after saving, and saving again, leaves one talk (JavaScript ${script ? "on" : "off"})`, async () => {
    const liaison = script ? "9000020" : "9000011";
    const login = account(liaison);
    const somebody = await client(login);
    const duty = await somebody.pressing();
    const page = await open({ script });
    page.refusals.add("422");
    await signIn(page, login);
    await page.goto(`/people/${duty.candidate}/talks/new`);
    await page.locator('.tap:has([value="工作生活"])').click();
    await page.locator("#gist").fill("只谈了一次");
    await page.getByRole("button", { name: "保存" }).click();
    await page.waitForURL((to) => to.searchParams.has("after"));
    await page.goBack();
    await page.locator("#gist").waitFor();
    // What the browser filled in again, if anything: nothing can be sent, or is answered as before, or refused.
    const isFilled = (await page.locator("#gist").inputValue()) !== "";
    await page.getByRole("button", { name: "保存" }).click();
    await page.locator(isFilled ? "#fault, .notice.good" : "#gist:invalid").first().waitFor();
    assert.deepEqual(await somebody.gists(duty, (told) => told === "只谈了一次"), ["只谈了一次"]);
    isClean(page);
    await page.context().close();
  });
}
