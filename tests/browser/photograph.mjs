// Photographs pages: node tests/browser/photograph.mjs FOLDER URL ...  (light and dark, 360 and
// 1280 px wide, whole pages). Also says when a page is wider than its window or was refused
// something by its Content-Security-Policy.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, views } from "./chromium.mjs";

const nameOf = (url) => new URL(url).pathname.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "start";

/** Returns sentences about what is wrong with the pages; the pictures are in `folder`. */
export async function photograph(folder, urls, options = {}) {
  await mkdir(folder, { recursive: true });
  const browser = await launch();
  const complaints = [];
  for await (const { page, theme, width } of views(browser, options)) {
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(`${page.url()} ${theme} ${width}: ${message.text()}`);
    });
    for (const url of urls) {
      await page.goto(url);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      if (wide) complaints.push(`${url} ${theme} ${width}: wider than its window`);
      await page.screenshot({ path: join(folder, `${nameOf(url)}-${theme}-${width}.png`), fullPage: true });
    }
  }
  await browser.close();
  return complaints;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, ...urls] = process.argv.slice(2);
  const complaints = await photograph(folder, urls);
  for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
  process.exitCode = complaints.length ? 1 : 0;
}
