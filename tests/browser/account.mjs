// How people sign in, with Chromium's virtual authenticators: passkeys on two devices, a page that
// fakes ours, the second step by oathtool, and the recovery kit by its QR code.
// node account.mjs '{"url": ..., "invite": ..., "folder": a folder for pictures}'
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { openBrowser, Person, step, story } from "./people.mjs";

const { url, invite, folder } = JSON.parse(process.argv[2]);
const PASSWORD = "drei rote kirschen im schnee";
const BETTER = "vier gelbe birnen am zaun";
let browser;
let faker;

/** Somebody at a device that keeps passkeys and asks for a finger. */
class Owner extends Person {
  async device() {
    this.devtools = await this.context.newCDPSession(this.page);
    await this.devtools.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
    const added = await this.devtools.send("WebAuthn.addVirtualAuthenticator", { options: { ...options, automaticPresenceSimulation: true } });
    this.authenticator = added.authenticatorId;
    return this;
  }

  async keys() {
    const { authenticatorId } = { authenticatorId: this.authenticator };
    return (await this.devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  }

  async at(path) {
    await this.page.goto(url + path);
  }

  async press(id, values) {
    await this.page.getByRole("button", { name: this.t(id, values), exact: true }).first().click();
  }

  async signInByPassword(password = PASSWORD) {
    await this.at("/signin?page=/me");
    await this.page.fill('input[name="name"]', "mara");
    await this.page.fill('input[name="password"]', password);
    await this.page.locator('form[action="/signin"] button').click();
  }

  async signedIn() {
    await this.page.locator("details.menu").waitFor();
  }

  async qr(name) {
    const path = join(folder, `${name}.png`);
    await this.page.locator(".qr svg").screenshot({ path });
    const quiet = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync("zbarimg", ["--raw", "-q", path], quiet).trim();
  }
}

const code = (secret, now = "now") => execFileSync("oathtool", ["--totp", "-b", secret, "--now", now], { encoding: "utf8" }).trim();
const come = async (name) => (await Owner.come(browser, name)).device();

async function join_(owner) {
  await owner.page.goto(invite);
  await owner.page.fill('input[name="name"]', "mara");
  await owner.page.fill('input[name="password"]', PASSWORD);
  await owner.page.locator('input[name="password"]').press("Enter");
  await owner.goesOn();
  await owner.signedIn();
}

async function addPasskey(owner) {
  await owner.at("/me/passkeys/new");
  await owner.press("desk.make-passkey");
  await owner.page.waitForURL("**/me?done=passkey");
}

async function signOut(owner) {
  await owner.context.clearCookies();
}

async function byPasskey(owner) {
  await owner.at("/signin?page=/me");
  await owner.press("desk.sign-in-passkey");
}

/** A page on another port of this machine, which browsers count to the same name. */
async function fake(owner) {
  faker = createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>Sign in")).listen(0, "127.0.0.1");
  await new Promise((listening) => faker.once("listening", listening));
  await owner.at("/signin");
  const options = await owner.page.evaluate(async () => {
    const headers = { "Content-Type": "application/json" };
    return (await fetch("/api/v1/passkeys/ask", { method: "POST", body: "{}", headers })).json();
  });
  await owner.page.goto(`http://localhost:${faker.address().port}/`);
  const answer = await owner.page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(json));
    return JSON.stringify((await navigator.credentials.get({ publicKey })).toJSON());
  }, options.json);
  await owner.at("/signin");
  await owner.page.evaluate(
    ([passkey, ticket]) => {
      const form = document.querySelector('form[action="/signin/passkey"]');
      form.elements.passkey.value = passkey;
      form.elements.passkey_ticket.value = ticket;
      form.submit();
    },
    [answer, options.ticket],
  );
  await owner.page.locator('[role="alert"]').waitFor();
  assert.match(await owner.page.locator('[role="alert"]').innerText(), new RegExp(owner.t("identity.passkey-refused").slice(0, 30)));
}

async function switchOnCodes(owner) {
  await owner.at("/me/second-step");
  const uri = new URL(await owner.qr("totp"));
  const secret = uri.searchParams.get("secret");
  assert.equal(uri.protocol, "otpauth:");
  await owner.page.fill('input[name="code"]', code(secret));
  await owner.press("desk.second-step-begin");
  assert.equal(await owner.page.locator(".codes code").count(), 10);
  return secret;
}

async function recover(owner) {
  await owner.at("/me/kit");
  await owner.press("desk.kit-make");
  const link = await owner.qr("kit");
  assert.equal(link, `${url}/recover#${await owner.page.locator(".kit-code").innerText()}`);
  const lost = await come("Mara without her phone");
  await lost.page.goto(link);
  assert.equal(await lost.page.inputValue('input[name="code"]'), link.split("#")[1]);
  assert.equal(lost.page.url(), `${url}/recover`);
  await lost.press("desk.recover-begin");
  await lost.page.locator("#recovery-address").waitFor();
  assert.equal(await lost.page.inputValue("#recovery-address"), lost.page.url());
  await owner.at("/");
  await owner.page.locator(".recovery-banner").waitFor();
  await owner.page.getByRole("link", { name: owner.t("web.recovery-look") }).click();
  await owner.press("desk.recovery-confirm");
  await lost.page.reload();
  await lost.page.fill('input[name="password"]', BETTER);
  await lost.press("desk.set-password");
  await lost.page.locator(".kit-code").waitFor();
  await owner.at("/me");
  assert.equal(await owner.page.locator("details.menu").count(), 0);
  return lost;
}

await story("account", () => [browser], async () => {
  browser = await openBrowser();
  const laptop = await come("Mara");
  await step("an account by password", () => join_(laptop));
  await step("a passkey is made on the laptop", () => addPasskey(laptop));
  assert.equal((await laptop.keys()).length, 1);
  assert.ok((await laptop.keys())[0].isResidentCredential);
  await step("it signs in, and nobody types a name", async () => {
    await signOut(laptop);
    await byPasskey(laptop);
    await laptop.signedIn();
  });
  const phone = await come("Mara with her phone");
  await step("an operator needs a passkey after the password, and the phone has none", async () => {
    await phone.signInByPassword();
    await phone.page.getByRole("button", { name: phone.t("desk.prove-passkey") }).waitFor();
  });
  const secret = await step("codes of an app are the other second step; oathtool reads the QR code", () => switchOnCodes(laptop));
  await step("the phone signs in with password and code, once, and makes its own passkey", async () => {
    await phone.signInByPassword();
    const next = code(secret, "+30 seconds");
    await phone.page.fill('input[name="code"]', next);
    await phone.press("desk.go-on");
    await phone.signedIn();
    await addPasskey(phone);
    const again = await come("Somebody who looked over her shoulder");
    await again.signInByPassword();
    await again.page.fill('input[name="code"]', next);
    await again.press("desk.go-on");
    await again.page.locator(".field-error").waitFor();
    await again.close();
  });
  await step("a page that fakes ours gets nothing that opens", () => fake(phone));
  await step("the laptop removes the phone's passkey, which opens nothing then", async () => {
    await laptop.at("/me/devices");
    await laptop.page.locator('#passkeys form[action$="/remove"] button').last().click();
    await laptop.page.waitForURL("**/me/devices?done=passkey");
    await signOut(phone);
    await byPasskey(phone);
    await phone.page.locator('[role="alert"]').waitFor();
  });
  const lost = await step("the recovery kit brings her back, and everything else is out", () => recover(laptop));
  await step("neither the old passkey nor the old password opens, the new one does", async () => {
    await byPasskey(laptop);
    await laptop.page.locator('[role="alert"]').waitFor();
    await laptop.signInByPassword();
    await laptop.page.locator(".field-error").waitFor();
    await laptop.signInByPassword(BETTER);
    await laptop.signedIn();
  });
  for (const one of [laptop, phone, lost]) one.threwNothing();
  faker.close();
});
