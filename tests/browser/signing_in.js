// 登录: right and wrong, to the page that was wanted, in both languages; 待办 is where one lands.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { close, fits, isClean, open, signIn } from "./browser.js";
import { account, passwordOf } from "./house.js";

after(close);
const liaison = { login: "9000013", password: passwordOf("9000013") };

for (const size of ["desk", "phone"]) {
  test(`a wrong password is told beside the form, the right one leads to 待办 (${size})`, async () => {
    const page = await open({ size });
    page.refusals.add("401");
    await page.goto("/");
    assert.equal(new URL(page.url()).pathname, "/sign-in");
    await page.locator("#login").fill(liaison.login);
    await page.locator("#password").fill("not the password");
    await page.locator("main button.primary").click();
    await page.locator("#fault").waitFor();
    assert.equal(await page.locator("#login").inputValue(), liaison.login, "the login stays");
    assert.equal(await page.locator("#password").inputValue(), "", "the password does not");
    await fits(page);
    await page.locator("#password").fill(liaison.password);
    await page.locator("main button.primary").click();
    await page.waitForURL("**/todo");
    assert.equal(await page.locator("h1").innerText(), "待办");
    await page.locator(".duty.overdue").first().waitFor();
    const first = page.locator(".duty").first();
    assert.match(await first.innerText(), /逾期 \d+ 天/, "what is overdue says so in words");
    await first.locator("summary").click();
    assert.match(await first.locator(".why").innerText(), /依据：.+事件/s, "rule and event are one tap away");
    await fits(page);
    isClean(page);
    await page.context().close();
  });
}

test("the language is chosen on any page and stays", async () => {
  const page = await open({ language: "zh" });
  await page.goto("/sign-in");
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Sign in to Peiyu" }).waitFor();
  await signIn(page, liaison);
  assert.equal(await page.locator("h1").innerText(), "To do");
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("heading", { name: "待办" }).waitFor();
  isClean(page);
  await page.context().close();
});

test("a browser that prefers English gets it, and keeps the page that was asked for", async () => {
  const page = await open({ language: "en" });
  await page.goto("/password");
  await page.getByRole("heading", { name: "Sign in to Peiyu" }).waitFor();
  await page.locator("#login").fill(liaison.login);
  await page.locator("#password").fill(liaison.password);
  await page.locator("main button.primary").click();
  await page.waitForURL("**/password");
  isClean(page);
  await page.context().close();
});

test("whoever has a first password is told, changes it, signs out and in again", async () => {
  const page = await open();
  page.refusals.add("422").add("401").add("403");
  const somebody = account("9000012");
  await signIn(page, somebody);
  await page.getByRole("link", { name: "现在修改" }).click();
  const change = async (present, next, again) => {
    await page.locator("#present").fill(present);
    await page.locator("#new").fill(next);
    await page.locator("#again").fill(again);
    await page.locator("main button.primary").click();
  };
  await change(somebody.password, "一句自己记得住的话 1921", "另一句话，也记得住的话");
  await page.getByText("两次输入的新密码不一致").waitFor();
  await change("not the password", "一句自己记得住的话 1921", "一句自己记得住的话 1921");
  await page.locator("#fault").waitFor();
  await change(somebody.password, "一句自己记得住的话 1921", "一句自己记得住的话 1921");
  await page.waitForURL("**/password/done");
  await page.locator("details.menu summary").click();
  await page.getByRole("button", { name: "退出登录" }).click();
  await page.waitForURL("**/sign-in");
  await page.goto("/todo");
  await page.waitForURL((to) => to.pathname === "/sign-in" && to.searchParams.has("to"));
  await page.locator("#login").fill(somebody.login);
  await page.locator("#password").fill("一句自己记得住的话 1921");
  await page.locator("main button.primary").click();
  await page.waitForURL("**/todo");
  isClean(page);
  await page.context().close();
});
