/** What facilitators fill in: a new item, a changed one, a new assembly. */

import { button, el, openDialog, say } from "../kit/dom";
import type { Act, Item, Kind, NewItem } from "./api";
import { t } from "./texts";

const KINDS: readonly Kind[] = ["info", "discussion", "decision", "break"];
const MINUTES = 10;

let counter = 0;

/** A label with its field; `id`s are our own, so that two forms never share one. */
function field(label: string, node: HTMLElement, hint = ""): HTMLElement {
  node.id ||= `plenum-field-${String(counter++)}`;
  const box = el("div", { class: "field" }, el("label", { for: node.id }, label), node);
  if (hint) {
    const words = el("p", { class: "field-hint", id: `${node.id}-hint` }, hint);
    node.setAttribute("aria-describedby", words.id);
    node.before(words);
  }
  return box;
}

class ItemFields {
  readonly title = el("input", { class: "input", maxlength: "200", required: true, autocomplete: "off" });
  readonly minutes = el("input", { class: "input", type: "number", min: "1", max: "240", required: true });
  readonly kind = el("select", { class: "input" });
  readonly presenter = el("input", { class: "input", maxlength: "120", autocomplete: "off" });
  readonly note = el("textarea", { class: "input", maxlength: "4000" });

  constructor() {
    for (const kind of KINDS) this.kind.append(el("option", { value: kind }, t(`plenum.screen-kind-${kind}`)));
    this.clear();
  }

  clear(): void {
    this.fill({ title: "", minutes: MINUTES, kind: "discussion", presenter: "", note: "" });
  }

  fill(item: NewItem): void {
    this.title.value = item.title;
    this.minutes.value = String(item.minutes);
    this.kind.value = item.kind;
    this.presenter.value = item.presenter;
    this.note.value = item.note;
  }

  read(): NewItem {
    return {
      title: this.title.value.trim(),
      minutes: Number(this.minutes.value) || MINUTES,
      kind: this.kind.value as Kind,
      presenter: this.presenter.value.trim(),
      note: this.note.value,
    };
  }
}

/** One line below the agenda: what, how long, for what. */
export class AddForm {
  readonly node = el("form", { class: "plenum-add" });
  private readonly fields = new ItemFields();

  constructor(act: Act) {
    const { title, minutes, kind } = this.fields;
    const send = el("button", { type: "submit", class: "button button-small" }, t("plenum.screen-add"));
    this.node.append(
      field(t("plenum.screen-new-item"), title),
      field(t("plenum.screen-field-minutes"), minutes),
      field(t("plenum.screen-field-kind"), kind),
      send,
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      const item = this.fields.read();
      if (!item.title) return title.focus();
      void act("add", item).then((fault) => {
        if (!fault) this.fields.clear();
        title.focus();
        // The agenda above it has grown.
        title.scrollIntoView?.({ block: "nearest" });
      });
    });
  }
}

export function editItem(item: Item, act: Act): void {
  const fields = new ItemFields();
  fields.fill(item);
  const form = el(
    "form",
    { class: "plenum-form" },
    field(t("plenum.screen-field-title"), fields.title),
    el("div", { class: "plenum-pair" }, field(t("plenum.screen-field-minutes"), fields.minutes), field(t("plenum.screen-field-kind"), fields.kind)),
    field(t("plenum.screen-field-presenter"), fields.presenter),
    field(t("plenum.screen-field-note"), fields.note),
    el("button", { type: "submit", class: "button" }, t("plenum.screen-keep")),
  );
  const dialog = openDialog(t("plenum.screen-edit"), t("plenum.screen-close"), form);
  whenSent(form, dialog, () => act("change", { item: item.id, ...fields.read() }));
  fields.title.focus();
}

/** Title and agenda of an assembly that is opened now; what was planned is filled in already. */
export function openAssembly(title: string, planned: boolean, act: Act): void {
  const name = el("input", { class: "input", maxlength: "200", autocomplete: "off" });
  const agenda = el("textarea", { class: "input", rows: "6", placeholder: t("plenum.screen-agenda-example") });
  name.value = title;
  const form = el("form", { class: "plenum-form" });
  const words = t(planned ? "plenum.screen-open-planned" : "plenum.screen-open-text");
  form.append(el("p", {}, words));
  if (!planned) {
    form.append(field(t("plenum.screen-field-title"), name));
    form.append(field(t("plenum.screen-agenda"), agenda, t("plenum.screen-agenda-hint")));
  }
  form.append(el("button", { type: "submit", class: "button button-large" }, t("plenum.screen-open")));
  const dialog = openDialog(planned ? title : t("plenum.screen-open"), t("plenum.screen-close"), form);
  whenSent(form, dialog, () => {
    if (planned) return act("open", {});
    const items = agenda.value.trim();
    return act("open", { ...(name.value.trim() ? { title: name.value.trim() } : {}), ...(items ? { agenda: items } : {}) });
  });
  (planned ? form.querySelector("button") : name)?.focus();
}

export function confirmEnd(act: Act): void {
  const dialog = openDialog(t("plenum.screen-end"), t("plenum.screen-close"), el("p", {}, t("plenum.screen-end-text")));
  const yes = button("flag", t("plenum.screen-end-really"), () => {
    dialog.close();
    void act("close", {});
  });
  const no = button("x", t("plenum.screen-cancel"), () => dialog.close(), "button-quiet");
  dialog.append(el("div", { class: "dialog-foot" }, yes, no));
  yes.focus();
}

/** Closes the window once the server agreed; what was typed stays if it did not. */
function whenSent(form: HTMLFormElement, dialog: HTMLDialogElement, send: () => Promise<string>): void {
  const fault = el("p", { class: "field-error", role: "alert", hidden: true });
  form.append(fault);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send().then((sentence) => {
      if (!sentence) return dialog.close();
      say(fault, sentence);
      fault.hidden = false;
    });
  });
}
