// A story that leaves traces wherever a server could leave them, told with a sentinel as browser.
import assert from "node:assert/strict";
import { openBrowser, Person, step, story } from "./people.mjs";
import { hears } from "./stats.mjs";

const { url, key, browser: userAgent, invite, control } = JSON.parse(process.argv[2]);
const PASSWORD = "vier grüne birnen im regen";
let browser;

await story("privacy", () => [browser], async () => {
  browser = await openBrowser([`--ignore-certificate-errors-spki-list=${key}`]);
  const mara = await Person.come(browser, "Mara", { userAgent });
  const juno = await Person.come(browser, "Juno", { userAgent });
  assert.equal(await mara.page.evaluate(() => navigator.userAgent), userAgent);

  await step("pages that are not there, words that are wrong", async () => {
    for (const path of ["/nothing", "/i/none", "/signin/none", "/g/none", "/r/none/call", "/api/v1/none"]) {
      await juno.page.goto(url + path);
    }
    await juno.page.goto(`${url}/signin`);
    await signIn(juno, "nobody", "wrong and wrong");
  });
  await step("an account is made, signed out of and signed in to", async () => {
    await mara.page.goto(invite);
    await signIn(mara, "mara", PASSWORD);
    await mara.goesOn();
    await mara.page.goto(`${url}/me`);
    await mara.page.context().clearCookies();
    await mara.page.goto(`${url}/signin`);
    await signIn(mara, "mara", PASSWORD);
    await mara.page.waitForURL((address) => !address.pathname.startsWith("/signin"));
  });
  await step("a call with chat, a lobby, a removal, and its end", async () => {
    const links = await mara.startsPlenum(url);
    await mara.page.goto(links.facilitators);
    if (await mara.field("meet.your-name").count()) await mara.type("meet.your-name", "Mara");
    await mara.press("meet.join-with-microphone");
    await mara.isInside();
    await juno.knocks(links.guests);
    await mara.admits("Juno");
    await juno.isInside();
    await hears(mara.page, 1);
    await juno.writes(control);
    await mara.about("Juno", "meet.remove");
    await juno.heading("meet.left-removed").waitFor();
    await mara.chooses("meet.end");
    await mara.button("meet.end-really").click();
    await mara.heading("meet.left-ended").waitFor();
  });
});

async function signIn(one, name, password) {
  await one.page.locator("main [name=name]").fill(name);
  await one.page.locator("main [name=password]").fill(password);
  await one.page.locator("main form:has([name=password]) button[type=submit]").click();
}
