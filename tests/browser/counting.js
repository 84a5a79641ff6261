// Counts what a task costs whoever does it: taps, fields that are filled in, pages that are loaded.
import assert from "node:assert/strict";

/** A tap on a phone, a click at a desk; what is typed counts as one field, and one tap to get into it. */
export function counting(page, { size, language, script }, note) {
  const tasks = new Map();
  let now = { taps: 0, fields: 0, pages: 0 };
  page.on("framenavigated", (frame) => { if (frame === page.mainFrame()) now.pages += 1; });
  const hit = (locator) => (size === "phone" ? locator.tap() : locator.click());

  return {
    /** What is done from here on belongs to this task; without a name to none. */
    task(name) {
      now = { taps: 0, fields: 0, pages: 0 };
      if (name) tasks.set(name, now);
    },
    async tap(locator) {
      now.taps += 1;
      await hit(locator);
    },
    /** Types; into what has been emptied first, as somebody would by marking it. */
    async type(locator, text) {
      now.taps += 1;
      now.fields += 1;
      await hit(locator);
      await locator.fill(text);
    },
    /** Sets a day, or anything else that the browser has a device of its own for. */
    async set(locator, value) {
      now.taps += 1;
      now.fields += 1;
      await locator.fill(value);
    },
    /** One tap opens the list, one chooses; a pattern tells the entry by its words. */
    async choose(locator, entry) {
      now.taps += 2;
      now.fields += 1;
      if (typeof entry === "string") return locator.selectOption(entry);
      await locator.waitFor();
      const words = await locator.locator("option").allTextContents();
      const index = words.findIndex((word) => entry.test(word));
      assert.ok(index >= 0, `${entry} is not among ${words}`);
      return locator.selectOption({ index });
    },
    /** Drops a file on its place at a desk; on a phone and without scripts it is chosen. */
    async file(place, file) {
      now.taps += 1;
      now.fields += 1;
      if (size === "phone" || !script) return place.locator("input[type=file]").setInputFiles(file);
      const dropped = await page.evaluateHandle(({ name, mimeType, base64 }) => {
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type: mimeType }));
        return transfer;
      }, { name: file.name, mimeType: file.mimeType, base64: file.buffer.toString("base64") });
      await place.dispatchEvent("dragover", { dataTransfer: dropped });
      return place.dispatchEvent("drop", { dataTransfer: dropped });
    },
    /** Prints what each task took and holds it against what it may take at most; each has its limits. */
    holds(most) {
      for (const [name, took] of tasks) {
        const told = Object.entries(took).map(([what, number]) => `${number} ${what}`).join(", ");
        note(`${name}, ${size} ${language}${script ? "" : ", JavaScript off"}: ${told}`);
        for (const [what, limit] of Object.entries(most[name])) {
          // Without scripts a page is asked for again until what it waits for is there, as often as that takes.
          if (what === "pages" && !script) continue;
          assert.ok(took[what] <= limit, `${name}: ${took[what]} ${what}, and ${limit} are the most`);
        }
      }
    },
  };
}
