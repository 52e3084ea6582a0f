// People with a browser: what they press and what they see. All stories are told with these.
import assert from "node:assert/strict";
import { launch } from "./chromium.mjs";
import { until, watch } from "./stats.mjs";
import { texts } from "./texts.mjs";

// Small pictures and a beep, twice a second; a question of the browser is answered with yes.
export const FAKES = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--auto-select-desktop-capture-source=Entire screen",
  "--autoplay-policy=no-user-gesture-required",
];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };
const PATIENCE_MS = 45_000;

/** Chromium with a fake camera, microphone and screen. */
export const openBrowser = (args = [], options = {}) => launch([...FAKES, ...args], options);

/** Tells what is being tried and how long it took. */
export async function step(sentence, tried) {
  const began = Date.now();
  try {
    return await tried();
  } catch (reason) {
    process.stdout.write(`FAILED  ${sentence}\n`);
    throw reason;
  } finally {
    process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${sentence}\n`);
  }
}

/** Runs a story; at its end nothing that was opened is left, whatever happened. */
export async function story(name, browsers, tell) {
  try {
    await tell();
    process.stdout.write(`${name}: good\n`);
  } catch (reason) {
    process.stdout.write(`${reason.stack ?? reason}\n`);
    await Promise.allSettled(Person.all.map((one) => one.report()));
    process.exitCode = 1;
  } finally {
    await Promise.allSettled(browsers().map((one) => one.close()));
  }
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export class Person {
  /** Everybody who came, for reports. */
  static all = [];

  /** Opens a window of one's own: other cookies, other storage. */
  static async come(browser, name, { language = "de", viewport = DESKTOP, ...more } = {}) {
    const context = await browser.newContext({ locale: language, viewport, reducedMotion: "reduce", ...more });
    await context.addInitScript(watch);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    return new this(context, page, name, language);
  }

  constructor(context, page, name, language) {
    Object.assign(this, { context, page, name, t: texts(language), actions: 0, said: [], asked: new Set() });
    this.isPhone = (page.viewportSize()?.width ?? 0) < 700;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.said.push(message.text());
    });
    page.on("pageerror", (reason) => this.said.push(`thrown: ${reason.message}`));
    page.on("request", (request) => this.asked.add(`${request.method()} ${request.url()}`));
    for (const end of ["requestfinished", "requestfailed"]) {
      page.on(end, (request) => this.asked.delete(`${request.method()} ${request.url()}`));
    }
    Person.all.push(this);
  }

  /** Everything that helps to understand a failure. */
  async report() {
    if (this.page.isClosed()) return;
    const shown = await this.page.locator("body").innerText({ timeout: 2000 });
    const heard = await this.page.evaluate(() => globalThis.watched?.());
    process.stdout.write(`--- ${this.name} at ${this.page.url()}\n${shown.slice(0, 1500)}\n`);
    process.stdout.write(`${JSON.stringify(heard)}\n${this.said.slice(-12).join("\n")}\n`);
    process.stdout.write(`not answered: ${[...this.asked].join(", ")}\n`);
    if (process.env.ALLMENDE_PICTURES) {
      await this.page.screenshot({ path: `${process.env.ALLMENDE_PICTURES}/failed-${this.name}.png` });
    }
  }

  // --- what a person does; each counts as one action --------------------------------------------

  async open(url) {
    this.actions += 1;
    await this.page.goto(url);
  }

  async type(label, text) {
    this.actions += 1;
    await this.field(label).fill(text);
  }

  async press(id, values) {
    this.actions += 1;
    await this.button(id, values).click();
  }

  /** From the recovery kit, which every new account is shown, to where it leads. */
  async goesOn() {
    await this.page.locator(".kit-code").first().waitFor();
    await this.page.getByRole("link", { name: this.t("desk.kit-kept"), exact: true }).click();
    await this.page.waitForURL((address) => !/^\/(i\/|signup|requests)/.test(address.pathname));
  }

  async close() {
    await this.context.close();
  }

  // --- what is on the page ----------------------------------------------------------------------

  button(id, values, { within = this.page, exact = true } = {}) {
    const name = this.t(id, values);
    return within.getByRole("button", exact ? { name, exact } : { name: new RegExp(`^${escaped(name)}`) });
  }

  /** A button of the bar; a count may stand behind its word. */
  control(id, values) {
    const within = this.page.getByRole("toolbar", { name: this.t("meet.controls") });
    return this.button(id, values, { within, exact: false });
  }

  field(label) {
    return this.page.getByLabel(this.t(label), { exact: true });
  }

  dialog() {
    return this.page.getByRole("dialog");
  }

  heading(id, values) {
    return this.page.getByRole("heading", { name: this.t(id, values) });
  }

  /** Waits until this text can be seen. */
  async reads(id, values) {
    await this.page.getByText(this.t(id, values)).filter({ visible: true }).first().waitFor();
  }

  /** The tile of somebody. */
  tile(name) {
    return this.page.locator(".meet-tile-person", { hasText: name });
  }

  // --- on the way -------------------------------------------------------------------------------

  /** Starts a plenum on the start page; the work in the browser takes a while. */
  async startsPlenum(base, name = "") {
    await this.page.goto(base);
    if (name) await this.field("desk.room-name").fill(name);
    await this.press("desk.start-plenum");
    await this.page.waitForURL(/\/r\/[^/]+\/started/, { timeout: 90_000 });
    return {
      guests: await this.field("desk.link-to-share").inputValue(),
      facilitators: await this.field("desk.link-to-keep").inputValue(),
    };
  }

  /** Opens a link, types a name, presses join. */
  async knocks(link, { muted = false } = {}) {
    await this.open(link);
    await this.type("meet.your-name", this.name);
    await this.press(muted ? "meet.join-muted" : "meet.join-with-microphone");
  }

  async enters(link, options) {
    await this.knocks(link, options);
    await this.isInside();
  }

  async isInside() {
    await this.control("meet.leave").waitFor();
  }

  /** Lets somebody in who waits at the door. */
  async admits(name) {
    await this.shows("meet.people");
    await this.button("meet.admit-name", { name }).click();
  }

  /** Opens a panel; `null` closes the open one. */
  async shows(panel) {
    for (const id of ["meet.chat", "meet.people"]) {
      const control = this.control(id);
      const open = (await control.getAttribute("aria-pressed")) === "true";
      if (open && id !== panel) await this.button("meet.close").click();
    }
    if (panel && (await this.control(panel).getAttribute("aria-pressed")) !== "true") {
      await this.control(panel).click();
    }
  }

  /** Takes a choice of the window "more". */
  async chooses(id, values) {
    await this.shows(null);
    await this.control("meet.more").click();
    await this.button(id, values, { within: this.dialog() }).click();
  }

  /** Opens the window about somebody and takes a choice. */
  async about(name, id) {
    await this.shows("meet.people");
    await this.page.locator(".meet-roster").getByRole("button", { name: this.t("meet.more-about", { name }), exact: true }).click();
    await this.button(id, {}, { within: this.dialog() }).click();
  }

  async turnsCameraOn() {
    await this.control("meet.camera-on").click();
    await this.control("meet.camera-off").waitFor();
  }

  async writes(text) {
    await this.shows("meet.chat");
    await this.field("chat.message").fill(text);
    await this.button("chat.send").click();
    await this.line(text).waitFor();
  }

  /** A line of the chat. */
  line(text) {
    return this.page.locator(".chat-line", { hasText: text });
  }

  /** The names on the list of who wants to speak, in their order. */
  async hands() {
    return this.page.locator(".meet-hands ol .meet-row-name").allInnerTexts();
  }

  async waitsForHands(...names) {
    await this.shows("meet.people");
    await until(`the hands are ${names}`, async () => String(await this.hands()) === String(names));
  }

  /** Fails if a script of the page threw or the page was refused something. */
  threwNothing() {
    const bad = this.said.filter((one) => /^thrown:|Content.Security.Policy/i.test(one));
    assert.deepEqual(bad, [], `${this.name}: the console`);
  }
}
