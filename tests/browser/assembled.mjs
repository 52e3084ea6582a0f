// Somebody in a plenum: the parts of its screen, on a desk and on a phone.
import { Person } from "./people.mjs";
import { until } from "./stats.mjs";

/** Two pictures later the page has heard of what keys did. */
const seen = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));

export class Assembled extends Person {
  /** Makes an account by an invite, and keeps the recovery kit. */
  async signsUp(invite, password) {
    await this.open(invite);
    await this.type("desk.account-name", this.name);
    await this.type("desk.password", password);
    await this.press("desk.make-account");
    await this.goesOn();
  }

  /** From the page of a group to the plenum in its first room. */
  async toPlenum(group) {
    await this.open(group);
    await this.page.getByRole("link", { name: this.t("desk.plenum-in", { name: "" }).trim() }).first().click();
    await this.page.waitForURL(/\/plenum/);
  }

  /** The screen of an assembly is there, around the call. */
  async isAssembled() {
    await this.page.locator("allmende-plenum[data-open]").waitFor();
  }

  async isPlainCall() {
    await this.page.locator("allmende-plenum:not([data-open])").waitFor({ state: "attached" });
    await this.isInside();
  }

  /** Shows a part of the screen: on a phone by its tab, on a desk it may be there anyway. */
  async sees(part) {
    const tab = this.page.getByRole("tab", { name: new RegExp(`^${this.t(`plenum.screen-tab-${part}`)}`) });
    if (await tab.count()) await tab.click();
  }

  /** Presses what the facilitation presses all the time; on a phone it stands in the agenda. */
  async acts(id) {
    const acts = this.page.getByRole("group", { name: this.t("plenum.screen-facilitation") });
    if (!(await acts.isVisible())) await this.opensAgenda();
    await this.button(id, {}, { within: acts }).click();
  }

  async waitsFor(...names) {
    await this.sees("list");
    const list = this.page.locator(".plenum-hand .plenum-name");
    await until(`the list is ${names}`, async () => String(await list.allInnerTexts()) === String(names));
  }

  async callsNext() {
    await this.sees("list");
    await this.press("plenum.screen-next-speaker");
  }

  /** The sentence about oneself above the list. */
  async says(id) {
    await this.sees("list");
    await this.page.locator(".plenum-mine", { hasText: this.t(id) }).waitFor();
  }

  /** The link for guests, from the window of the call. */
  async guestLink() {
    await this.chooses("meet.invite");
    const make = this.button("meet.make-link", {}, { within: this.dialog() });
    await make.click();
    const field = this.page.getByLabel(this.t("meet.invite-link"));
    await until("the link of guests", async () => (await field.inputValue()).includes("?g="));
    const link = await field.inputValue();
    await this.page.keyboard.press("Escape");
    return link;
  }

  /** Lets somebody in and goes back to the plenum. */
  async lets(name) {
    await this.admits(name);
    await this.shows(null);
  }

  minutes() {
    return this.page.locator("allmende-pad .ProseMirror");
  }

  /** Adds a paragraph at the end of the minutes, below the heading that begins so. */
  async writesMinutes(heading, text) {
    await this.sees("minutes");
    await this.minutes().locator("h2", { hasText: heading }).last().waitFor();
    await this.minutes().locator(":scope > *").last().click();
    await this.page.keyboard.press("Control+End");
    await this.page.evaluate(seen); // nobody is as fast as this: the editor sees the caret first
    await this.page.keyboard.press("Enter");
    await this.page.keyboard.type(text);
    await this.page.locator("allmende-pad", { hasText: this.t("pads.editor-saved") }).waitFor();
  }

  async readsMinutes(text) {
    await this.sees("minutes");
    await this.minutes().getByText(text).waitFor();
  }

  async opensAgenda() {
    const toggle = this.page.getByRole("button", { name: this.t("plenum.screen-agenda"), exact: true });
    if ((await toggle.getAttribute("aria-expanded")) !== "true") await toggle.click();
    await this.page.locator("#plenum-agenda").waitFor();
  }
}
