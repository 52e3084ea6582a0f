// Debian's Chromium, driven by playwright-core; it fetches nothing by itself.
import { chromium } from "playwright-core";

export const launch = (args = [], options = {}) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    ...options,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", ...args],
  });

export const THEMES = ["light", "dark"];
export const WIDTHS = [360, 1280];

/** Yields a page for each theme and width; `more` goes to browser.newContext. */
export async function* views(browser, { themes = THEMES, widths = WIDTHS, ...more } = {}) {
  for (const colorScheme of themes) {
    for (const width of widths) {
      const viewport = { width, height: width < 600 ? 740 : 860 };
      const context = await browser.newContext({ colorScheme, viewport, reducedMotion: "reduce", ...more });
      try {
        yield { page: await context.newPage(), theme: colorScheme, width };
      } finally {
        await context.close();
      }
    }
  }
}
