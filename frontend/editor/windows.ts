/** Small windows with a question: a heading, fields, a button that confirms, one that does not. */

import { el } from "../kit/dom";

export interface Question {
  heading: string;
  content: Node[];
  confirm: string;
  cancel: string;
  extra?: { label: string; press: () => void } | undefined;
  /** False keeps the window open. */
  confirmed: () => boolean | Promise<boolean>;
  closed?: () => void;
}

let counter = 0;

export function openWindow(question: Question): HTMLDialogElement {
  const title = el("h2", { id: `editor-window-${String((counter += 1))}` }, question.heading);
  const confirm = el("button", { type: "submit", class: "button" }, question.confirm);
  const cancel = el("button", { type: "button", class: "button button-quiet" }, question.cancel);
  const foot = el("div", { class: "dialog-foot" }, confirm, cancel);
  const form = el("form", { method: "dialog", novalidate: true }, title, ...question.content, foot);
  const dialog = el("dialog", { class: "dialog editor-leaf", "aria-labelledby": title.id }, form);
  if (question.extra) foot.append(extra(question.extra, dialog));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void Promise.resolve(question.confirmed()).then((done) => {
      if (done) dialog.close();
    });
  });
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    question.closed?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function extra({ label, press }: { label: string; press: () => void }, dialog: HTMLDialogElement): HTMLButtonElement {
  const button = el("button", { type: "button", class: "button button-quiet" }, label);
  button.addEventListener("click", () => {
    dialog.close();
    press();
  });
  return button;
}

export interface Field {
  row: HTMLElement;
  input: HTMLInputElement;
  wrong: (sentence: string) => void;
}

/** A labelled line of text with a place for what is wrong with it. */
export function field(label: string, value: string, hint = ""): Field {
  const id = `editor-field-${String((counter += 1))}`;
  const input = el("input", { class: "input", id, autocomplete: "off" });
  input.value = value;
  const error = el("p", { class: "field-error", id: `${id}-wrong`, role: "alert", hidden: true });
  const said = hint ? el("p", { class: "field-hint", id: `${id}-hint` }, hint) : null;
  const row = el("div", { class: "field" }, el("label", { for: id }, label), said, input, error);
  input.setAttribute("aria-describedby", [hint ? `${id}-hint` : "", error.id].join(" ").trim());
  return {
    row,
    input,
    wrong: (sentence) => {
      error.textContent = sentence;
      error.hidden = !sentence;
      input.setAttribute("aria-invalid", String(Boolean(sentence)));
      input.focus();
    },
  };
}
