// From the link to leaving without a mouse: node keyboard.mjs '{"url": ..}'
// Only keys are sent. Where the focus is, and what it is called, is all that is looked at.
import assert from "node:assert/strict";
import { focused, go, key, tabTo } from "./keys.mjs";
import { openBrowser, Person, step, story } from "./people.mjs";
import { hears, until } from "./stats.mjs";

const { url } = JSON.parse(process.argv[2]);
let browser;

/** The bar: into it with Tab, along it with the arrow. */
const pressed = (one, id, on) =>
  until(`${id} is ${on}`, async () => (await one.control(id).first().getAttribute("aria-pressed")) === String(on));

await story("keyboard", () => [browser], async () => {
  browser = await openBrowser();
  const mara = await Person.come(browser, "Mara");
  const juno = await Person.come(browser, "Juno");

  const link = await step("a plenum is started and entered by keys", async () => {
    await mara.page.goto(url);
    await tabTo(mara, "desk.room-name");
    await mara.page.keyboard.type("Plenum");
    await go(mara, "desk.start-plenum");
    await mara.page.waitForURL(/started/, { timeout: 90_000 });
    const guests = await mara.field("desk.link-to-share").inputValue();
    await go(mara, "desk.enter-now");
    await mara.field("meet.your-name").waitFor();
    await tabTo(mara, "meet.your-name");
    await mara.page.keyboard.type("Mara");
    await mara.page.keyboard.press("Enter");
    await mara.isInside();
    return guests;
  });

  await step("a guest joins by keys and is let in by keys", async () => {
    await juno.page.goto(link);
    await juno.field("meet.your-name").waitFor();
    await tabTo(juno, "meet.your-name");
    await juno.page.keyboard.type("Juno");
    await go(juno, "meet.join-with-microphone");
    await juno.heading("meet.waiting-heading").waitFor();
    await key(mara, "r");
    await mara.button("meet.admit-name", { name: "Juno" }).waitFor();
    await go(mara, "meet.admit-name", { name: "Juno" });
    await juno.isInside();
    await hears(juno.page, 1);
    await hears(mara.page, 1);
  });

  await step("single keys: microphone, camera, hand, view, help", async () => {
    await key(juno, "m");
    await juno.control("meet.unmute").waitFor();
    await juno.page.keyboard.down("Space");
    await juno.control("meet.mute").waitFor();
    await juno.page.keyboard.up("Space");
    await juno.control("meet.unmute").waitFor();
    await key(juno, "m");
    await juno.control("meet.mute").waitFor();
    await key(juno, "v");
    await pressed(juno, "meet.camera-off", true);
    await key(juno, "h");
    await mara.waitsForHands("Juno");
    await key(juno, "h");
    await mara.waitsForHands();
    await key(juno, "?");
    await juno.dialog().getByRole("heading", { name: juno.t("meet.keys") }).waitFor();
    await key(juno, "Escape");
    await juno.dialog().waitFor({ state: "detached" });
  });

  await step("chat by keys; keys are letters while one types", async () => {
    await key(juno, "c");
    await tabTo(juno, "chat.message");
    await juno.page.keyboard.type("mmm hallo rrr");
    await juno.page.keyboard.press("Enter");
    await juno.line("mmm hallo rrr").waitFor();
    assert.equal(await juno.control("meet.mute").count(), 1, "typing did not mute");
    await tabTo(juno, "meet.close", {}, "Shift+Tab");
    await juno.page.keyboard.press("Enter");
    assert.match((await focused(juno.page)).name, new RegExp(`^${juno.t("meet.chat")}`));
  });

  await step("windows give the focus back; the bar is walked with arrows", async () => {
    await tabTo(mara, "meet.more");
    await mara.page.keyboard.press("Enter");
    await mara.dialog().waitFor();
    await key(mara, "Escape");
    await mara.dialog().waitFor({ state: "detached" });
    assert.equal((await focused(mara.page)).name, mara.t("meet.more"));
    await key(mara, "ArrowRight");
    assert.equal((await focused(mara.page)).name, mara.t("meet.leave"));
    await key(mara, "ArrowLeft", "Enter");
    await go(mara, "meet.lock");
    await juno.reads("meet.is-locked");
  });

  await step("both leave by keys", async () => {
    await go(juno, "meet.leave");
    await juno.heading("meet.left-title").waitFor();
    await go(mara, "meet.more");
    await mara.dialog().waitFor();
    await go(mara, "meet.end");
    await go(mara, "meet.end-really");
    await mara.heading("meet.left-ended").waitFor();
    await go(juno, "meet.come-back");
    await juno.field("meet.your-name").waitFor();
  });
});
