// A group from its first minute to a new admin: node groups.mjs '{"url", "invite", "pictures": FOLDER or ""}'
// Ada (German) makes a group, Juno (English) comes by six words, the chat says so to both, Ada hands
// over, leaves by mistake, comes back and leaves.
import assert from "node:assert/strict";
import { axe } from "./axe.mjs";
import { openBrowser, Person, step, story } from "./people.mjs";

const { url, invite, pictures } = JSON.parse(process.argv[2]);
const PASSWORD = "drei rote kirschen im schnee";
const MOST_CLICKS = 3;
const MOST_MS = 10_000;
const complaints = [];
let browser;

class Member extends Person {
  async arrives(name) {
    await this.field("desk.account-name").fill(name);
    await this.field("desk.password").fill(PASSWORD);
    await this.button("desk.make-account").click();
    await this.goesOn();
  }

  async unfolds(id) {
    await this.page.locator("summary").filter({ hasText: this.t(id) }).click();
  }

  async reads(id, values = {}) {
    await this.page.getByText(this.t(id, values), { exact: true }).first().waitFor();
  }

  /** Looks at the page with axe, and keeps a picture of it. */
  async looks(name) {
    for (const violation of await axe(this.page)) complaints.push(`${name}: ${violation}`);
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) complaints.push(`${name}: ${wide} px wider than its window`);
    if (pictures) await this.page.screenshot({ path: `${pictures}/groups-${name}.png`, fullPage: true });
  }
}

await story("groups", () => [browser], async () => {
  browser = await openBrowser();
  const ada = await Member.come(browser, "ada");
  const juno = await Member.come(browser, "juno", { language: "en" });

  await step("somebody who may make groups", async () => {
    await ada.open(invite);
    await ada.arrives("ada");
    await ada.page.goto(`${url}/`);
  });

  const group = await step("a new group in at most three clicks and ten seconds", async () => {
    const began = Date.now();
    let clicks = 0;
    const click = async (what) => {
      clicks += 1;
      await what.click();
    };
    await click(ada.page.getByRole("link", { name: ada.t("desk.make-group"), exact: true }).first());
    await ada.field("desk.group-name").fill("Küche für alle");
    await click(ada.page.getByLabel(ada.t("desk.preset-affinity"), { exact: true }));
    await click(ada.button("desk.make-group"));
    await ada.page.locator("#members").waitFor();
    const took = Date.now() - began;
    assert.ok(clicks <= MOST_CLICKS, `${clicks} clicks`);
    assert.ok(took <= MOST_MS, `${took} ms`);
    for (const place of ["call", "plenum"]) assert.ok(await ada.page.locator(`a[href$="/${place}"]`).count());
    assert.ok(await ada.page.locator("#pads").count());
    process.stdout.write(`FIGURE a new group with call, chat, plenum and pads: ${clicks} clicks, ${(took / 1000).toFixed(1)} s\n`);
    await ada.unfolds("desk.group-rules");
    await ada.looks("group");
    return new URL(ada.page.url()).pathname;
  });

  const chat = (await ada.page.locator('a[href$="/call"]').first().getAttribute("href")).replace("/call", "/chat");
  const words = await step("an invite as link, picture and six words", async () => {
    await ada.button("desk.make-invite").click();
    const found = await ada.page.locator("#invite-words").inputValue();
    assert.equal(found.split(" ").length, 6);
    await ada.looks("invited");
    return found;
  });

  await step("six words lead into the group, and its chat says so at once", async () => {
    await ada.page.goto(url + chat);
    await ada.page.locator(".chat-live").waitFor();
    await ada.reads("chat.joined", { name: "ada" });
    await juno.open(`${url}/`);
    await juno.field("desk.link").fill(words);
    await juno.button("desk.go-there").click();
    await juno.page.getByText("Küche für alle").first().waitFor();
    await juno.arrives("juno");
    await ada.reads("chat.joined", { name: "juno" });
    await ada.looks("chat");
    await juno.page.goto(url + chat);
    await juno.reads("chat.joined", { name: "juno" });
    assert.equal(await juno.page.getByText(juno.t("chat.joined", { name: "ada" })).count(), 0, "from before she came");
  });

  await step("the group is handed over, left by mistake, and left", async () => {
    await ada.page.goto(url + group);
    await ada.unfolds("desk.hand-over");
    await ada.page.locator("#hand-over-to").selectOption({ label: "juno" });
    await ada.button("desk.hand-over").click();
    await ada.reads("chat.now-admin", { name: "juno" });
    await ada.looks("handed-over");
    await leaves(ada);
    await ada.looks("left");
    await ada.button("desk.undo-leave").click();
    await ada.page.locator("#members").waitFor();
    await leaves(ada);
    await ada.page.goto(url + group);
    assert.equal(await ada.page.locator("#members").count(), 0);
  });

  await step("whoever stays reads all of it, live and after loading again", async () => {
    for (const id of ["chat.left", "chat.now-member"]) await juno.reads(id, { name: "ada" });
    await juno.page.reload();
    await juno.page.locator(".chat-live").waitFor();
    await juno.reads("chat.now-admin", { name: "juno" });
    assert.equal(await juno.page.getByText(juno.t("chat.left", { name: "ada" }), { exact: true }).count(), 2);
    await juno.page.goto(`${url}${group}/settings`);
    await juno.looks("settings");
  });
  assert.deepEqual(complaints, []);
});

async function leaves(one) {
  await one.unfolds("desk.leave-group");
  await one.button("desk.leave-group").click();
  await one.button("desk.undo-leave").waitFor();
}
