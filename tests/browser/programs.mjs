// An app password: made in three clicks, copied, read by a camera, used by a program, ended.
// node programs.mjs '{"url", "invite", "language": "de|en", "size": "desktop|phone", "theme": "light|dark"}'
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { looking } from "./looking.mjs";
import { DESKTOP, PHONE, openBrowser, Person, step, story } from "./people.mjs";

const { url, invite, language, size, theme } = JSON.parse(process.argv[2]);
const PASSWORD = "drei rote kirschen im schnee";
const { complaints, look } = looking("programs", { language, theme, size });
let browser;

async function readByCamera(one) {
  const folder = await mkdtemp(join(tmpdir(), "code-"));
  try {
    const path = join(folder, "code.png");
    await one.page.locator(".qr svg").screenshot({ path });
    return execFileSync("zbarimg", ["--raw", "-q", path]).toString().trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function statusOf(name, secret) {
  const authorization = `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
  return (await fetch(`${url}/api/v1/me`, { headers: { authorization } })).status;
}

async function told() {
  const viewport = size === "phone" ? PHONE : DESKTOP;
  const mara = await Person.come(browser, "mara", { language, viewport, colorScheme: theme });
  await step("mara makes an account", async () => {
    await mara.page.goto(invite);
    await mara.type("desk.account-name", mara.name);
    await mara.type("desk.password", PASSWORD);
    await mara.button("desk.make-account").click();
    await mara.page.locator(".kit-code").waitFor();
  });

  let secret;
  await step("she makes an app password in three clicks", async () => {
    await mara.page.goto(`${url}/me`);
    await mara.page.getByRole("link", { name: mara.t("desk.nav-keys"), exact: true }).click();
    await look(mara, "keys");
    await mara.type("desk.key-label", "Laptop");
    await mara.button("desk.key-for-chat").click();
    await mara.page.locator("#key-secret").waitFor();
    await look(mara, "new key");
    secret = await mara.page.locator("#key-secret").inputValue();
    assert.match(secret, /^[0-9a-z]{26}$/);
    assert.equal((await mara.page.locator(".key-groups").textContent()).trim(), secret);
    assert.equal(await readByCamera(mara), secret);
    assert.equal(await statusOf("mara", secret), 200);
  });

  await step("loading the page again makes no second one", async () => {
    await mara.page.reload();
    await mara.page.waitForURL(/done=made/);
    assert.equal(await mara.page.locator("#keys .row").count(), 1);
    await look(mara, "made already");
  });

  await step("she ends it", async () => {
    const end = mara.t("desk.end-key-of", { label: "Laptop" });
    await mara.page.getByRole("button", { name: end, exact: true }).click();
    await mara.page.waitForURL(/done=ended/);
    assert.equal(await mara.page.locator("#keys .row").count(), 0);
    for (let tries = 0; tries < 50 && (await statusOf("mara", secret)) === 200; tries += 1) {
      await mara.page.waitForTimeout(100);
    }
    assert.equal(await statusOf("mara", secret), 401);
    await look(mara, "ended");
  });
  assert.deepEqual(complaints, []);
}

browser = await openBrowser();
await story("programs", () => [browser], told);
