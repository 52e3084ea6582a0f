// How people come: node newcomers.mjs '{"url", "invite", "pictures": FOLDER or ""}'
// Mara (German) comes by invite with a passkey and opens registration; Kim (English) signs up with a
// bit of computing; Juno has no scripts and asks; Mara decides; six words with a slip lead in too.
import assert from "node:assert/strict";
import { axe } from "./axe.mjs";
import { openBrowser, Person, step, story } from "./people.mjs";

const { url, invite, pictures } = JSON.parse(process.argv[2]);
const VIEWS = [{ colorScheme: "light", width: 1280 }, { colorScheme: "dark", width: 360 }];
const MOST_MS = 45_000;
const complaints = [];
let browser;

class Newcomer extends Person {
  async device() {
    const devtools = await this.context.newCDPSession(this.page);
    await devtools.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
    return this;
  }

  async at(path) {
    await this.page.goto(url + path);
  }

  /** Looks at the page with axe on a desk and on a phone, and keeps pictures of it. */
  async looks(name) {
    for (const { colorScheme, width } of VIEWS) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.setViewportSize({ width, height: 800 });
      for (const violation of await axe(this.page)) complaints.push(`${name} ${colorScheme} ${width}: ${violation}`);
      const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) complaints.push(`${name}: ${wide} px wider than its window`);
      if (pictures) await this.page.screenshot({ path: `${pictures}/newcomers-${name}-${colorScheme}.png`, fullPage: true });
    }
    await this.page.emulateMedia({ colorScheme: "light" });
  }

  fields() {
    return this.page.locator("form .field .input:visible").count();
  }
}

await story("newcomers", () => [browser], async () => {
  browser = await openBrowser();
  const mara = await (await Newcomer.come(browser, "mara")).device();
  const kim = await Newcomer.come(browser, "kim", { language: "en" });
  const juno = await Newcomer.come(browser, "juno", { javaScriptEnabled: false });

  await step("an invite: a name and a passkey, then the recovery kit", async () => {
    await mara.open(invite);
    assert.equal(await mara.fields(), 2);
    await mara.looks("invite");
    await mara.type("desk.account-name", "mara");
    await mara.press("desk.come-by-passkey");
    await mara.goesOn();
    await mara.page.locator("#duties").waitFor();
    await mara.looks("duties");
  });

  await step("registration is opened", async () => {
    await kim.at("/signup");
    await kim.looks("invites-only");
    await mara.at("/op/registration");
    await mara.page.getByLabel(mara.t("desk.mode-open"), { exact: true }).check();
    await mara.press("desk.save");
    await mara.page.waitForURL("**/op/registration?done=saved");
    await mara.looks("op-registration");
  });

  await step("two fields, the password is proposed, and she is in", async () => {
    const began = Date.now();
    await kim.at("/signup");
    assert.equal(await kim.fields(), 2);
    await kim.looks("signup");
    await kim.type("desk.account-name", "kim");
    await kim.press("desk.make-account");
    await kim.goesOn();
    const took = Date.now() - began;
    assert.ok(took < MOST_MS, `${took} ms`);
    process.stdout.write(`FIGURE open sign-up, recovery kit included: 2 fields, ${(took / 1000).toFixed(1)} s\n`);
    assert.equal(await kim.page.locator("details.menu").count(), 1);
  });

  const words = await step("without scripts one asks, and keeps a private page", async () => {
    await juno.at("/signup");
    await juno.page.getByRole("link", { name: juno.t("desk.ask-instead"), exact: true }).click();
    await juno.field("desk.ask-body").fill("Ich koche mit.\nKim kennt mich.");
    await juno.field("desk.account-name").fill("juno");
    const proposed = await juno.page.locator(".proposal .kit-code").innerText();
    await juno.page.locator('form[action="/requests"] button[type="submit"]').click();
    await juno.page.locator("#request-link").waitFor();
    assert.equal(await juno.page.inputValue("#request-link"), juno.page.url());
    return proposed;
  });
  const asked = juno.page.url();

  await step("a member is asked to vouch", async () => {
    const vouch = await juno.page.inputValue("#vouch-link");
    await mara.page.goto(vouch);
    await mara.page.getByText("Kim kennt mich.").waitFor();
    await mara.looks("vouch");
  });

  await step("the queue shows who asks; one press decides", async () => {
    await mara.at("/queue");
    await mara.looks("queue");
    await mara.button("desk.grant-one", { name: "juno" }).click();
    await mara.page.waitForURL("**/queue?done=grant");
    await juno.page.goto(asked);
    await juno.page.getByText(juno.t("desk.request-granted"), { exact: true }).waitFor();
    await juno.at("/signin");
    await juno.field("desk.account-name").fill("juno");
    await juno.field("desk.password").fill(words);
    await juno.page.locator('form[action="/signin"] button').click();
    await juno.page.locator("details.menu").waitFor();
  });

  await step("six words with a slip get the nearest one proposed", async () => {
    await mara.at("/me/invites");
    await mara.looks("own-invites");
    await mara.press("desk.make-invite");
    const six = await mara.page.inputValue("#invite-words");
    assert.equal(six.split(" ").length, 6);
    await mara.looks("own-invited");
    const robin = await Newcomer.come(browser, "robin");
    await robin.at("/");
    const longest = six.split(" ").reduce((one, other) => (other.length > one.length ? other : one));
    const slip = six.replace(longest, `${longest.slice(0, -1)}q${longest.slice(-1)}`);
    await robin.field("desk.link").fill(slip);
    await robin.press("desk.go-there");
    await robin.page.getByText(six, { exact: false }).first().waitFor();
    await robin.field("desk.link").fill(six.toUpperCase());
    await robin.press("desk.go-there");
    await robin.page.getByText(robin.t("desk.invited-to-server"), { exact: true }).waitFor();
    await robin.close();
  });

  await step("the accounts, as operators see them", async () => {
    await mara.at("/op/accounts");
    await mara.looks("op-accounts");
    await mara.page.getByLabel(mara.t("desk.server-role-of", { name: "kim" })).selectOption("moderator");
    await mara.button("desk.save-role-of", { name: "kim" }).click();
    await mara.page.waitForURL("**/op/accounts?name=kim&done=saved");
  });
  assert.deepEqual(complaints, []);
  for (const one of [mara, kim]) one.threwNothing();
});
