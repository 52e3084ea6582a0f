// The pattern page in Chromium: node tests/browser/patterns.mjs http://127.0.0.1:PORT
// axe in both themes, widths and languages; the small scripts; and the page without scripts.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { axe } from "./axe.mjs";
import { launch, views } from "./chromium.mjs";

const base = process.argv[2];
const url = `${base}/-/patterns`;
const browser = await launch();

async function good(page, where, options) {
  const violations = await axe(page, options);
  assert.equal(violations.length, 0, `${where}: ${violations.join("\n")}`);
}

for (const locale of ["de", "en"]) {
  for await (const { page, theme, width } of views(browser, { locale })) {
    const refused = [];
    page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
    await page.goto(url);
    assert.equal(await page.getAttribute("html", "lang"), locale);
    await good(page, `${theme} ${width} ${locale}`);
    assert.deepEqual(refused, [], "nothing is refused by the Content-Security-Policy");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${locale} ${width}: no sideways scrolling`);
  }
}

for await (const { page, theme } of views(browser, { widths: [360], locale: "de", contrast: "more" })) {
  await page.goto(url);
  await good(page, `high contrast, ${theme}`);
}

// With forced colours axe reads the colours of the style sheet, not those that are painted.
for await (const { page } of views(browser, { widths: [360], themes: ["light"], forcedColors: "active" })) {
  await page.goto(url);
  await good(page, "forced colours", { without: ["color-contrast"] });
}

const context = await browser.newContext({ locale: "en" });
const page = await context.newPage();
await page.goto(url);

const opener = page.locator("[data-opens]");
await opener.press("Enter");
assert.ok(await page.locator("dialog").evaluate((dialog) => dialog.open));
await good(page, "the open dialog");
await page.keyboard.press("Escape");
assert.ok(await opener.evaluate((button) => button === document.activeElement), "focus came back");

const targets = await page.locator(".control, .button, .languages button").evaluateAll((all) =>
  all.map((one) => [one.textContent.trim(), one.getBoundingClientRect()]).filter(([, box]) => box.height > 0 && box.height < 44),
);
assert.deepEqual(targets, [], "everything that is pressed is 44 px high");

await page.locator("form:has(allmende-proof) button").click();
await page.waitForURL(/proof=./);
const payload = new URL(page.url()).searchParams.get("proof");
const { salt, number, challenge } = JSON.parse(Buffer.from(payload, "base64").toString());
assert.equal(createHash("sha256").update(salt + number).digest("hex"), challenge);
await context.close();

const without = await browser.newContext({ locale: "en", javaScriptEnabled: false });
const plain = await without.newPage();
await plain.goto(url);
assert.equal(await plain.locator(".copy button").isVisible(), false);
assert.equal(await plain.locator("noscript .notice").isVisible(), true);
await plain.locator('.languages [value="de"]').click();
assert.equal(await plain.getAttribute("html", "lang"), "de");
assert.equal(plain.url(), url);
await browser.close();
process.stdout.write("patterns: good\n");
