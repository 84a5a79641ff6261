// Forms with nothing, too much, emoji, marks that turn the writing round, script tags; a form on another site;
// JavaScript off.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { close, fits, isClean, open, signIn } from "./browser.js";
import { account, client, url } from "./house.js";

let login, somebody, duty, path;
before(async () => {
  login = account("9000004");
  somebody = await client(login);
  duty = await somebody.pressing();
  path = `/people/${duty.candidate}/talks/new`;
});
after(close);

async function talkForm(options) {
  const page = await open(options);
  page.refusals.add("400").add("422").add("409");
  await signIn(page, login);
  await page.goto(path);
  return page;
}

const save = (page) => page.getByRole("button", { name: "保存", exact: true }).click();

/** Takes the browser's own checks away, as another client would. */
const unchecked = (page) => page.locator("#talk form").evaluate((form) => {
  form.noValidate = true;
  for (const field of form.elements) for (const rule of ["required", "maxlength", "max"]) field.removeAttribute(rule);
});

test("nothing: the browser stops it, and the server says what is missing", async () => {
  const page = await talkForm();
  await save(page);
  assert.equal(new URL(page.url()).pathname, path);
  assert.ok(await page.locator("#gist:invalid").count(), "the browser points at the field");
  await unchecked(page);
  await page.locator("#held_on").fill("");
  await save(page);
  await page.locator("#fault").waitFor();
  assert.ok((await page.locator("#fault").innerText()).trim().length > 0);
  await fits(page);
  isClean(page);
  await page.context().close();
});

test("too much: refused beside the form, and not a character is lost", async () => {
  const page = await talkForm();
  const much = "谈".repeat(60_000);
  await unchecked(page);
  await page.locator('.tap:has([value="意见建议"])').click();
  await page.locator("#gist").fill(much);
  await save(page);
  await page.locator("#fault").waitFor();
  assert.equal(await page.locator("#gist").inputValue(), much);
  assert.ok(await page.locator('.tap:has([value="意见建议"])').locator("input").isChecked());
  await fits(page);
  // More than any form holds: a page says so, and what was typed is still in the form behind it.
  page.refusals.add("413");
  await unchecked(page);
  const more = "谈".repeat(400_000);
  await page.locator("#gist").evaluate((field, text) => { field.value = text; }, more);
  await save(page);
  await page.getByRole("heading", { name: "内容太长" }).waitFor();
  isClean(page);
  await page.context().close();
});

test("a day that has not come yet is refused with its article, and stays in the field", async () => {
  const page = await talkForm({ size: "phone" });
  await unchecked(page);
  await page.locator('.tap:has([value="意见建议"])').click();
  await page.locator("#held_on").fill("2099-01-01");
  await page.locator("#gist").fill("未来的谈话");
  await save(page);
  await page.locator("#fault").waitFor();
  assert.match(await page.locator("#fault").innerText(), /依据：.*三\(四\)/s);
  assert.equal(await page.locator("#held_on").inputValue(), "2099-01-01");
  assert.equal(await page.locator("#gist").inputValue(), "未来的谈话");
  await fits(page);
  isClean(page);
  await page.context().close();
});

const ODD = "👩🏽‍🔬🎓 אבג 阿依古丽·买买提 <script>window.hurt = 1</script> \"'&<b> {{7*7}}";
/** Would show what follows in another order than it is stored. */
const TURNED = `${ODD} \u202Eטובה`;

test("emoji and script tags are text and saved as typed; what turns the writing round is refused and kept", async () => {
  const page = await talkForm();
  await page.locator("#gist").fill(TURNED);
  await page.locator('.tap:has([value="意见建议"])').click();
  await save(page);
  await page.locator("#fault").waitFor();
  assert.match(await page.locator("#fault").innerText(), /书写方向/, "it says what is wrong with it");
  assert.equal(await page.locator("#gist").inputValue(), TURNED, "a refusal shows it again as text");
  await page.locator("#gist").fill(ODD);
  await save(page);
  await page.waitForURL((to) => to.searchParams.has("after"));
  assert.deepEqual(await somebody.gists(duty, (told) => told === ODD), [ODD]);
  await page.goto(path);
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  isClean(page);
  await page.context().close();
});

test("odd things in the sign-in are text too", async () => {
  const page = await open();
  page.refusals.add("401").add("422").add("429").add("400");
  await page.goto("/sign-in");
  await page.locator("#login").fill(ODD);
  await page.locator("#password").fill(ODD);
  await page.locator("main button.primary").click();
  await page.locator("#fault").waitFor();
  assert.equal(await page.locator("#login").inputValue(), ODD);
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  isClean(page);
  await page.context().close();
});

test("a form on another site is refused and changes nothing", async () => {
  const page = await talkForm();
  page.refusals.add("403");
  const fields = { key: crypto.randomUUID(), held_on: (await somebody.get("/v1/whoami")).today, talk_form: "single", topics: "思想状况", gist: "别处的表单" };
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`).join("");
  const site = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html; charset=utf-8");
    answer.end(`<title>elsewhere</title><form method="post" action="${url}${path}">${inputs}<button>x</button></form>`);
  });
  await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
  try {
    // By another port (another origin of this site) and by another name (another site).
    for (const host of ["127.0.0.1", "localhost"]) {
      await page.goto(`http://${host}:${site.address().port}/`);
      const answered = page.waitForResponse((answer) => answer.url().startsWith(url) && answer.request().method() === "POST");
      await page.getByRole("button").click();
      const status = (await answered).status();
      assert.ok([401, 403].includes(status), `${host}: ${status}`);
    }
  } finally {
    site.closeAllConnections();
    site.close();
  }
  assert.deepEqual(await somebody.gists(duty, (told) => told === "别处的表单"), []);
  await page.context().close();
});

test("without JavaScript one reads, records a talk, is refused and tries again", async () => {
  const page = await open({ script: false, size: "phone" });
  page.refusals.add("422");
  await signIn(page, login);
  const again = await somebody.pressing();
  const row = page.locator(`#duty-${again.id}`);
  await row.locator("summary").tap();
  assert.match(await row.innerText(), /依据：/);
  await row.getByRole("link", { name: "记录谈话" }).tap();
  await page.waitForURL("**/talks/new");
  await page.locator('.tap:has([value="入党意愿"])').tap();
  await page.locator("#gist").fill("没有脚本也能保存");
  await page.locator("#held_on").fill("2001-01-01");
  await page.getByRole("button", { name: "保存" }).tap();
  await page.locator("#fault").waitFor();
  assert.equal(await page.locator("#gist").inputValue(), "没有脚本也能保存");
  await page.locator("#held_on").fill((await somebody.get("/v1/whoami")).today);
  await page.getByRole("button", { name: "保存" }).tap();
  await page.waitForURL((to) => to.searchParams.has("after"));
  await page.getByText("已保存。").waitFor();
  assert.deepEqual(await somebody.gists(again, (told) => told === "没有脚本也能保存"), ["没有脚本也能保存"]);
  await page.locator("details.menu summary").tap();
  await page.getByRole("button", { name: "退出登录" }).tap();
  await page.waitForURL("**/sign-in");
  isClean(page);
  await page.context().close();
});
