// Taking one's data along, leaving, and staying after all; each page on the way is looked at.
// node leaving.mjs '{"url", "invite", "language": "de|en", "size": "desktop|phone", "theme": "light|dark"}'
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { looking } from "./looking.mjs";
import { DESKTOP, PHONE, openBrowser, Person, step, story } from "./people.mjs";

const { url, invite, language, size, theme } = JSON.parse(process.argv[2]);
const PASSWORD = "drei rote kirschen im schnee";
const { complaints, look } = looking("leaving", { language, theme, size });
let browser;

async function downloads(one) {
  const [download] = await Promise.all([one.page.waitForEvent("download"), one.button("desk.export-now").click()]);
  return { name: download.suggestedFilename(), body: await readFile(await download.path()) };
}

/** The field for one's own name. */
const typed = (one) => one.page.getByLabel(one.t("desk.leave-type-name", { name: one.name }), { exact: true });

async function told() {
  const viewport = size === "phone" ? PHONE : DESKTOP;
  const mara = await Person.come(browser, "mara", { language, viewport, colorScheme: theme });
  await step("mara makes an account and a group", async () => {
    await mara.page.goto(invite);
    await mara.type("desk.account-name", mara.name);
    await mara.type("desk.password", PASSWORD);
    await mara.button("desk.make-account").click();
    await mara.page.locator(".kit-code").waitFor();
    await mara.page.goto(`${url}/groups`);
    await mara.type("desk.group-name", language === "de" ? "Garten" : "Garden");
    await mara.button("desk.make-group").click();
    await mara.page.waitForURL(/\/g\//);
  });
  const group = new URL(mara.page.url()).pathname.split("?")[0];

  await step("she reads what is kept", async () => {
    await mara.page.goto(`${url}/privacy`);
    await look(mara, "privacy");
    await mara.page.goto(`${url}/rules`);
    await look(mara, "rules");
  });

  await step("she takes her data along", async () => {
    await mara.page.goto(`${url}/me/export`);
    await look(mara, "export");
    const { name, body } = await downloads(mara);
    assert.match(name, /^allmende-mara-\d{4}-\d\d-\d\d\.zip$/);
    assert.ok(body.includes("account/account.json"));
    await mara.page.goto(`${url}${group}/export`);
    await look(mara, "group export");
    assert.ok((await downloads(mara)).body.includes("group.json"));
  });

  await step("she leaves, and stays after all", async () => {
    await mara.page.goto(`${url}/me/leave`);
    await look(mara, "leave");
    await typed(mara).fill("somebody");
    await mara.button("desk.leave-server").click();
    await mara.page.locator(".field-error").waitFor();
    mara.said.splice(0); // the browser itself writes a line for an answer of 400
    await look(mara, "not meant");
    await typed(mara).fill(mara.name);
    await mara.button("desk.leave-server").click();
    await mara.page.waitForURL(/\/leaving\//);
    await look(mara, "leaving");
    await mara.page.goto(`${url}/me`);
    assert.equal(await mara.page.locator("#sessions").count(), 0);
    mara.said.splice(0); // and of 401
    await mara.page.goBack();
    await mara.button("desk.stay").click();
    await mara.page.waitForURL(/\/signin/);
    await mara.type("desk.account-name", mara.name);
    await mara.type("desk.password", PASSWORD);
    await mara.button("web.sign-in").click();
    await mara.page.waitForURL(/\/me(\/|$|\?)/);
  });

  await step("she leaves for good", async () => {
    await mara.page.goto(`${url}/me/leave`);
    await mara.page.getByRole("radio", { name: mara.t("desk.leave-now") }).check();
    await typed(mara).fill(mara.name);
    await mara.button("desk.leave-server").click();
    await mara.page.waitForURL(/\/gone/);
    await look(mara, "gone");
    const answer = await mara.page.goto(`${url}${group}`);
    assert.equal(answer.status(), 404);
  });
  assert.deepEqual(complaints, []);
}

browser = await openBrowser();
await story("leaving", () => [browser], told);
