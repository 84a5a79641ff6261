// More tabs than a browser has connections to one server: every one opens, and the one that is looked at hears of changes.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { close, isClean, live, open, signIn } from "./browser.js";
import { account, client, talkOf } from "./house.js";

/** A browser speaks HTTP/1.1 over six connections to one server. */
const TABS = 8;
after(close);

/** What happens in a tab that another one covers; the browser that walks here shows all of them at once. */
async function look(tabs, at) {
  for (const tab of tabs) {
    await tab.evaluate((shown) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => !shown });
      document.dispatchEvent(new Event("visibilitychange"));
    }, tab === at);
  }
}

test(`${TABS} tabs stand on the list, and each hears of changes when it is looked at`, async () => {
  const login = account("9000018");
  const somebody = await client(login);
  const duty = await somebody.pressing();
  const first = await open();
  await signIn(first, login);
  await live(first);
  const tabs = [first];
  while (tabs.length < TABS) {
    const tab = await first.context().newPage();
    tab.faults = [];
    tab.on("pageerror", (error) => tab.faults.push(`exception: ${error.stack}`));
    await look(tabs, tab);
    await tab.goto("/todo");
    await live(tab);
    tabs.push(tab);
  }
  await look(tabs, first);
  await live(first);
  for (const tab of tabs.slice(1)) {
    assert.equal(await tab.evaluate(() => document.documentElement.dataset.live), undefined, "it let go");
  }
  const { today } = await somebody.get("/v1/whoami");
  await somebody.post(`/v1/candidates/${duty.candidate}/talks`, talkOf(today, "在另一处记录的谈话"));
  await first.locator(`#duty-${duty.id}`).waitFor({ state: "detached" });
  const last = tabs.at(-1);
  assert.equal(await last.locator(`#duty-${duty.id}`).count(), 1, "nobody looks at it: it asks for nothing");
  await look(tabs, last);
  await last.locator(`#duty-${duty.id}`).waitFor({ state: "detached" });
  tabs.forEach(isClean);
  await first.context().close();
});
