// On paper: what is folded is printed, what is for the screen is not, and each sheet says whose, of when and which page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, open, signIn } from "./browser.js";
import { client, passwordOf } from "./house.js";

const officer = { login: "9000002", password: passwordOf("9000002") };
let talked, page;
before(async () => {
  const { items } = await (await client(officer)).post("/v1/pool/search", { filter: { query: "9000109" } });
  talked = items[0].id;
  page = await open();
  await signIn(page, officer);
});
after(close);

/** Opens a page as its print shows it. */
async function printed(path) {
  await page.emulateMedia({ media: "screen" });
  await page.goto(path);
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator(".printed").isVisible());
  assert.match(await page.locator(".printed").innerText(), /打印人 .+ · \d{4}年\d+月\d+日/);
  for (const forTheScreen of [".top", ".actions", "form.filters-form"]) {
    assert.equal(await page.locator(`${forTheScreen}:visible`).count(), 0, `${forTheScreen} on paper`);
  }
  const sheet = await page.pdf({ preferCSSPageSize: true });
  // A4, in points.
  assert.match(sheet.toString("latin1"), /MediaBox\s*\[\s*0 0 59\d(\.\d+)? 84\d(\.\d+)?\s*\]/);
}

test("a dossier with all that is folded", async () => {
  await printed(`/people/${talked}`);
  const folded = page.locator(".event-more dl.facts");
  assert.ok((await folded.count()) > 0);
  assert.equal(await page.locator(".event-more dl.facts:visible").count(), await folded.count());
});

test("the record of a talk has a place for signatures", async () => {
  await printed(`/people/${talked}/talks/1`);
  assert.ok(await page.getByText("谈话人签名").isVisible());
});

test("the list says what it was narrowed by", async () => {
  await printed("/pool?liaison=none&state=overdue");
  assert.match(await page.locator(".summary").innerText(), /联系人：没有联系人；下一事项：已逾期/);
  await printed("/pool");
  assert.match(await page.locator(".summary").innerText(), /全部人员/);
});
