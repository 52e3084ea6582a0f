/** The other way in: by Mumble, for old computers, phones and whoever likes it. */

import { button, el, icon, say } from "./dom";
import type { RoomOptions } from "./options";
import { t } from "./texts";

const NAME = /^(mumble:\/\/)[^:@/?]*(?=:[^@/]*@)/;

/** The address with another name in it; one without a code says nobody's name. */
export function named(address: string, name: string): string {
  return name ? address.replace(NAME, `$1${encodeURIComponent(name)}`) : address;
}

/** An address to copy, and what became of it; other buttons stand beside that one. */
export function copyable(id: string, label: string, address: string, ...beside: HTMLElement[]): { parts: HTMLElement[]; copy: HTMLButtonElement } {
  const field = el("input", { class: "input", readonly: true, id });
  field.value = address;
  const said = el("p", { role: "status", class: "meet-notice" });
  const copy = button("copy", t("meet.copy-link"), () => {
    field.select();
    void navigator.clipboard.writeText(address).then(
      () => say(said, t("meet.copied")),
      () => say(said, t("meet.copy-by-hand")),
    );
  }, "");
  const name = el("label", { for: id }, label);
  return { parts: [el("div", { class: "field" }, name, field), el("div", { class: "cluster" }, copy, ...beside), said], copy };
}

/** What is behind the button: how it goes, the link, where to read more. */
export function mumbleWay(options: RoomOptions, name: () => string): HTMLElement | null {
  if (!options.mumble) return null;
  const open = el("a", { class: "button button-quiet", href: options.mumble });
  open.append(icon("headphones"), el("span", { class: "word" }, t("meet.mumble-open")));
  // The name may be typed after this was shown.
  open.addEventListener("click", () => {
    if (options.mumbleCode) open.href = named(options.mumble, name());
  });
  const how = el("p", {}, t(options.mumbleCode ? "meet.mumble-by-link" : "meet.mumble-by-password"));
  if (!options.mumbleCode) how.append(" ", el("a", { href: "/me/keys" }, t("meet.mumble-make-password")));
  const more = el("p", { class: "small" }, el("a", { href: "/guide/mumble" }, t("meet.mumble-guide")));
  const way = el("details", { class: "unfold meet-mumble" });
  const summary = el("summary", {}, t("meet.mumble-connect"), icon("chevron-down"));
  way.append(summary, el("div", { class: "stack" }, el("p", {}, t("meet.mumble-text")), how, open, more));
  return way;
}
