// A person in Chromium types marks in our own editor, by keys, at the end of a paragraph that
// others write in too; every few marks a new paragraph.
// node typist.mjs '{"url": "http://HOST/p/NAME", "paragraph": n, "marks": [...], "wanted": [...],
//   "keys_per_s", "within_ms"}'
// Tells {"paragraphs": [...], "said": [...]}: what the page shows once it shows all that is wanted.
import { launch } from "../../../browser/chromium.mjs";
import { missing, party, until } from "./turns.mjs";

const MARKS_A_PARAGRAPH = 5;
const task = JSON.parse(process.argv[2]);
const said = [];
let browser;
let page;

/** The text as it is on the screen, without the carets of others. */
const paragraphs = () =>
  page.locator(".ProseMirror > *").evaluateAll((blocks) =>
    blocks.map((block) => {
      const shown = block.cloneNode(true);
      for (const widget of shown.querySelectorAll(".ProseMirror-widget, .ProseMirror-separator")) widget.remove();
      return shown.textContent;
    }),
  );

const state = () => page.locator(".editor-status").getAttribute("data-state");

async function begin() {
  browser = await launch();
  page = await browser.newPage({ reducedMotion: "reduce" });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) said.push(message.text());
  });
  page.on("pageerror", (reason) => said.push(`thrown: ${reason.message}`));
  await page.goto(task.url);
  await page.locator('.ProseMirror[contenteditable="true"]').waitFor();
  await until("connected", async () => (await state()) === "saved", 15_000, state);
  await page.locator(".ProseMirror > p").nth(task.paragraph).click();
  await page.keyboard.press("End");
  return act;
}

async function act() {
  const delay = 1000 / task.keys_per_s;
  for (const [number, mark] of task.marks.entries()) {
    if (number && number % MARKS_A_PARAGRAPH === 0) await page.keyboard.press("Enter", { delay });
    // One sign too much, and it is taken away again, as people do.
    await page.keyboard.type(`${mark.slice(0, -1)}x`, { delay });
    await page.keyboard.press("Backspace", { delay });
    await page.keyboard.type(`${mark.at(-1)} `, { delay });
  }
  await until("all marks", async () => !missing(task.wanted, await paragraphs()).length, task.within_ms, async () =>
    JSON.stringify({ missing: missing(task.wanted, await paragraphs()), said, state: await state() }),
  );
  await until("saved", async () => (await state()) === "saved", 15_000, state);
  return { paragraphs: await paragraphs(), said };
}

await party(begin, () => browser?.close());
