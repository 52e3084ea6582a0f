// Accessibility by axe-core.  As a module: `await axe(page)` gives sentences, none is good.
// As a program: node tests/browser/axe.mjs URL ...  in both themes and widths; exit code 1 if any.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { launch, views } from "./chromium.mjs";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The rules whose answer another theme can change: it changes colours and nothing else. */
export const COLOURS = ["color-contrast", "link-in-text-block"];

/** Looks at what the page shows now and returns one sentence for each element that fails. */
export async function axe(page, { tags = TAGS, only = [], exclude = [], without = [] } = {}) {
  // evaluate works through the inspector, so it needs no exception in the page's CSP.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(source);
  const { violations } = await page.evaluate(
    ({ tags, only, exclude, without }) => {
      const rules = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]));
      const runOnly = only.length ? { type: "rule", values: only } : tags;
      return globalThis.axe.run({ exclude }, { runOnly, rules, resultTypes: ["violations"] });
    },
    { tags, only, exclude, without },
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${help} (${target.join(" ")}) ${any[0]?.message ?? ""}`.trim()),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const browser = await launch();
  let count = 0;
  for await (const { page, theme, width } of views(browser)) {
    for (const url of process.argv.slice(2)) {
      await page.goto(url);
      for (const violation of await axe(page)) {
        count += 1;
        process.stdout.write(`${url} ${theme} ${width}: ${violation}\n`);
      }
    }
  }
  await browser.close();
  process.stdout.write(`${count} violations\n`);
  process.exitCode = count ? 1 : 0;
}
