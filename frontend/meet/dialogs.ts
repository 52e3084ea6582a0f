/** The windows of the call: more, one person, invite, reactions, keys, name. */

import type { Person } from "./people";
import { DeviceFields } from "./devicefields";
import type { Kind } from "./devices";
import { button, drawing, el, icon, openDialog } from "./dom";
import { copyable } from "./mumble";
import { t } from "./texts";

export interface Choice {
  icon: string;
  label: string;
  act: () => void;
  pressed?: boolean;
  danger?: boolean;
  /** A page instead of an action; it opens beside this one. */
  href?: string;
}

/** A window with one button a choice; it closes when one is taken. */
export function openChoices(heading: string, choices: Choice[], ...above: Node[]): void {
  const list = el("div", { class: "meet-choices" });
  const dialog = openDialog(heading, t("meet.close"), ...above, list);
  for (const choice of choices) {
    const kind = choice.danger ? "meet-choice meet-danger" : "meet-choice";
    if (choice.href) {
      list.append(linkOf(choice, kind));
      continue;
    }
    const node = button(choice.icon, choice.label, () => {
      dialog.close();
      choice.act();
    }, kind);
    if (choice.pressed !== undefined) node.setAttribute("aria-pressed", String(choice.pressed));
    list.append(node);
  }
  list.querySelector("button")?.focus();
}

function linkOf(choice: Choice, kind: string): HTMLElement {
  const attributes = { class: `button ${kind}`, href: choice.href, target: "_blank", rel: "noopener" };
  return el("a", attributes, icon(choice.icon), el("span", { class: "word" }, choice.label));
}

/** Asks once more before something that cannot be taken back. */
export function confirm(heading: string, text: string, label: string, act: () => void): void {
  openChoices(
    heading,
    [
      { icon: "check", label, act, danger: true },
      { icon: "x", label: t("meet.cancel"), act: () => undefined },
    ],
    el("p", {}, text),
  );
}

/** The six reactions: how one is sent, and the icon that shows it beside its word. */
const REACTIONS: Readonly<Record<string, string>> = {
  yes: "thumbs-up",
  no: "thumbs-down",
  applause: "party-popper",
  heart: "heart",
  laugh: "laugh",
  unsure: "circle-question-mark",
};

export function openReactions(react: (reaction: string) => void): void {
  const row = el("div", { class: "meet-reactions" });
  const dialog = openDialog(t("meet.react"), t("meet.close"), row);
  for (const [reaction, name] of Object.entries(REACTIONS)) {
    const press = (): void => {
      dialog.close();
      react(reaction);
    };
    row.append(button(name, t(`meet.reaction-${reaction}`), press, "button-quiet meet-reaction"));
  }
  row.querySelector("button")?.focus();
}

/** Icon and word of a reaction; null for one that is not ours. */
export function reactionOf(reaction: string): { icon: string; word: string } | null {
  const name = Object.hasOwn(REACTIONS, reaction) ? REACTIONS[reaction] : undefined;
  return name ? { icon: name, word: t(`meet.reaction-${reaction}`) } : null;
}

/** An address, and as a code to scan. */
interface Drawn {
  url: string;
  size: number;
  path: string;
}

export interface Invitation extends Drawn {
  mumble: Drawn | null;
  members_only: boolean;
}

export function openInvite(invitation: Invitation, note: string, make: (() => void) | null): void {
  const { parts, copy } = copyable("meet-invite", t("meet.invite-link"), invitation.url);
  const code = drawing(invitation.size, invitation.path, t("meet.qr"));
  const dialog = openDialog(t("meet.invite"), t("meet.close"), el("p", {}, note), ...parts, code, ...byMumble(invitation));
  if (make) {
    const more = button("link", t("meet.make-link"), () => {
      dialog.close();
      make();
    }, "button-quiet");
    copy.after(more);
  }
  copy.focus();
}

/** The same for people who come with Mumble. */
function byMumble({ mumble, members_only: members }: Invitation): HTMLElement[] {
  if (!mumble) return [];
  const unfold = el("details", { class: "unfold meet-mumble" });
  const summary = el("summary", {}, t("meet.mumble-connect"), icon("chevron-down"));
  const note = el("p", {}, t(members ? "meet.mumble-invite-members" : "meet.mumble-invite"));
  const open = linkOf({ icon: "headphones", label: t("meet.mumble-open"), act: () => undefined, href: mumble.url }, "button-quiet");
  open.removeAttribute("target");
  const { parts } = copyable("meet-invite-mumble", t("meet.mumble-link"), mumble.url, open);
  const inside = el("div", { class: "stack" }, note, ...parts);
  inside.append(drawing(mumble.size, mumble.path, t("meet.mumble-qr")));
  unfold.append(summary, inside);
  return [unfold];
}

export function openName(name: string, keep: (name: string) => void): void {
  const field = el("input", { class: "input", id: "meet-new-name", maxlength: "60", required: true });
  field.value = name;
  const form = el("form", { class: "meet-form", method: "dialog" });
  const send = el("button", { type: "submit", class: "button" }, t("meet.keep-name"));
  const label = el("label", { for: "meet-new-name" }, t("meet.your-name"));
  form.append(el("div", { class: "field" }, label, field), send);
  const dialog = openDialog(t("meet.change-name"), t("meet.close"), form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    dialog.close();
    keep(field.value.trim());
  });
  field.select();
}

export function openDevices(chosen: (kind: Kind, id: string) => void): void {
  const fields = new DeviceFields(chosen);
  const dialog = openDialog(t("meet.devices"), t("meet.close"), fields.node);
  dialog.addEventListener("close", () => fields.close());
}

const KEYS = [
  ["M", "key-microphone"],
  ["␣", "key-talk"],
  ["V", "key-camera"],
  ["H", "key-hand"],
  ["S", "key-share"],
  ["G", "key-view"],
  ["C", "key-chat"],
  ["R", "key-roster"],
  ["?", "key-help"],
] as const;

export function openKeys(
  on: boolean,
  more: (readonly [string, string])[],
  change: (on: boolean) => void,
): void {
  const table = el("dl", { class: "meet-keys" });
  for (const [key, text] of KEYS) {
    const shown = key === "␣" ? t("meet.key-space") : key;
    table.append(el("dt", {}, el("kbd", {}, shown)), el("dd", {}, t(`meet.${text}`)));
  }
  for (const [key, text] of more) table.append(el("dt", {}, el("kbd", {}, key)), el("dd", {}, text));
  const box = el("input", { type: "checkbox" });
  box.checked = on;
  box.addEventListener("change", () => change(box.checked));
  openDialog(t("meet.keys"), t("meet.close"), table, el("label", { class: "meet-switch" }, box, t("meet.keys-on")));
}

export interface PersonActions {
  pin(): void;
  mute(): void;
  unmute(): void;
  stopCamera(): void;
  spotlight(): void;
  give(): void;
  lower(): void;
  remove(): void;
  rename(): void;
  hideSelf(): void;
}

export function openPerson(person: Person, facilitates: boolean, pinned: boolean, actions: PersonActions): void {
  const choices: Choice[] = [
    { icon: "pin", label: t("meet.pin"), act: () => actions.pin(), pressed: pinned },
  ];
  if (person.me) {
    choices.push({ icon: "pencil", label: t("meet.change-name"), act: () => actions.rename() });
    choices.push({ icon: "eye-off", label: t("meet.hide-self"), act: () => actions.hideSelf() });
  }
  if (facilitates) choices.push(...facilitatorChoices(person, actions));
  openChoices(person.name, choices);
}

function facilitatorChoices(person: Person, actions: PersonActions): Choice[] {
  const choices: Choice[] = [
    { icon: "star", label: t("meet.spotlight-for-all"), act: () => actions.spotlight(), pressed: person.spotlight },
  ];
  // Who came with another program may not find where to raise a hand.
  if (!person.floor) choices.push({ icon: "mic-vocal", label: t("meet.give-floor"), act: () => actions.give() });
  if (person.hand > 0) {
    choices.push({ icon: "hand", label: t("meet.lower"), act: () => actions.lower() });
  }
  if (person.me) return choices;
  if (person.microphone) {
    choices.push({ icon: "mic-off", label: t("meet.mute-person"), act: () => actions.mute() });
  }
  if (person.muted) {
    choices.push({ icon: "mic", label: t("meet.unmute-person"), act: () => actions.unmute() });
  }
  if (person.camera) {
    choices.push({ icon: "video-off", label: t("meet.stop-camera"), act: () => actions.stopCamera() });
  }
  choices.push({ icon: "user-x", label: t("meet.remove"), act: () => actions.remove(), danger: true });
  return choices;
}
