// The operator's room, by somebody who has proven it: what is to be done, look now, each page.
// node tests/browser/operating.mjs '{"url", "cookie", "folder"}'   folder: pictures go there, "": none
import { join } from "node:path";
import { axe } from "./axe.mjs";
import { DESKTOP, openBrowser, Person, PHONE, step, story } from "./people.mjs";

const { url, cookie, folder } = JSON.parse(process.argv[2]);
const PAGES = ["/op", "/check", "/op/certificate", "/op/backups", "/op/servers"];
const KINDS = [
  { language: "de", colorScheme: "light", viewport: PHONE },
  { language: "de", colorScheme: "dark", viewport: DESKTOP },
  { language: "en", colorScheme: "dark", viewport: PHONE },
  { language: "en", colorScheme: "light", viewport: DESKTOP },
];
const cookies = cookie.split("; ").map((one) => {
  const [name, value] = one.split("=");
  return { name, value, url };
});
const complaints = [];
let browser;

async function come(kind) {
  const one = await Person.come(browser, "Mara", kind);
  await one.context.addCookies(cookies);
  return one;
}

async function look(one, kind, path) {
  const word = `${kind.language} ${kind.colorScheme} ${kind.viewport.width} ${path}`;
  for (const violation of await axe(one.page)) complaints.push(`${word}: ${violation}`);
  const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) complaints.push(`${word}: ${wide} px wider than its window`);
  for (const said of one.said.splice(0)) complaints.push(`${word}: console: ${said}`);
  const name = `${path.slice(1).replace("/", "-")}-${kind.language}-${kind.colorScheme}-${kind.viewport.width}.png`;
  if (folder) await one.page.screenshot({ path: join(folder, name), fullPage: true });
}

await story("operating", () => [browser], async () => {
  browser = await openBrowser();
  await step("the doctor looks when it is told to", async () => {
    const one = await come(KINDS[1]);
    await one.page.goto(`${url}/check`);
    await one.press("desk.check-again");
    await one.page.locator("#backup").waitFor();
    await one.page.getByText("allmende backup key").first().waitFor();
    await one.close();
  });
  for (const kind of KINDS) {
    await step(`${kind.language} ${kind.colorScheme} ${kind.viewport.width}`, async () => {
      const one = await come(kind);
      for (const path of PAGES) {
        const answer = await one.page.goto(url + path);
        if (answer.status() !== 200 || new URL(one.page.url()).pathname !== path) complaints.push(`${path}: ${answer.status()}`);
        await look(one, kind, path);
      }
      await one.close();
    });
  }
  process.stdout.write(`FIGURE ${PAGES.length} pages, ${KINDS.length} kinds, ${complaints.length} complaints\n`);
  if (complaints.length) throw new Error([...new Set(complaints)].join("\n"));
});
