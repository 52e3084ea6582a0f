// A house whose key is under a passphrase: everybody meets a locked door, somebody unlocks it.
// node sealed.mjs '{"url", "passphrase"}'
import assert from "node:assert/strict";
import { axe } from "./axe.mjs";
import { launch, views } from "./chromium.mjs";

const { url, passphrase } = JSON.parse(process.argv[2]);
const complaints = [];
const browser = await launch();

/** The two pages there are, in both themes: German on a phone, English on a wide screen. */
for (const [locale, widths] of [["de-DE", [360]], ["en-GB", [1280]]]) {
  for await (const { page, theme, width } of views(browser, { locale, widths })) {
    for (const path of ["/unlock", "/"]) {
      const answer = await page.goto(url + path);
      assert.equal(answer.status(), path === "/" ? 503 : 200);
      assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2));
      const where = `${path} ${locale} ${theme} ${width}`;
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) complaints.push(`${where}: ${wide} px wider than its window`);
      for (const violation of await axe(page)) complaints.push(`${where}: ${violation}`);
      if (process.env.ALLMENDE_PICTURES) {
        const name = path === "/" ? "locked" : "unlock";
        await page.screenshot({ path: `${process.env.ALLMENDE_PICTURES}/${name}-${locale}-${theme}-${width}.png` });
      }
    }
  }
}

/** By keyboard and without scripts: from the locked page to the start page. */
const context = await browser.newContext({ javaScriptEnabled: false, locale: "en-GB" });
const page = await context.newPage();
await page.goto(url);
await page.getByRole("link", { name: "I run this server" }).press("Enter");
const field = page.getByLabel("Passphrase");
await field.fill("not this one");
await field.press("Enter");
await page.getByText("That is not the passphrase.").waitFor();
assert.equal(await field.inputValue(), "");
await field.fill(passphrase);
await field.press("Enter");
await page.getByRole("link", { name: "Sign in" }).first().waitFor();
assert.equal(new URL(page.url()).pathname, "/");
await browser.close();

assert.deepEqual(complaints, []);
