/** The list of messages: texts are set as text, links come from the server cut out already. */

import type { Texts } from "../kit/texts";
import type { Message, Sentence } from "./api";

export interface LineOptions {
  texts: Texts;
  icons: string;
  moderates: boolean;
  retract: (message: Message) => void;
}

const SVG = "http://www.w3.org/2000/svg";

export class Lines {
  readonly node = document.createElement("ol");
  private readonly rows = new Map<number, HTMLLIElement>();

  constructor(private readonly options: LineOptions) {
    this.node.className = "chat-lines";
  }

  get oldest(): number | undefined {
    return this.rows.size ? Math.min(...this.rows.keys()) : undefined;
  }

  get size(): number {
    return this.rows.size;
  }

  has(id: number): boolean {
    return this.rows.has(id);
  }

  /** Puts a message in its place by number, whatever order they come in. */
  put(message: Message): void {
    if (this.rows.has(message.id)) return;
    const row = this.row(message);
    const later = [...this.rows.keys()].filter((id) => id > message.id).sort((a, b) => a - b)[0];
    this.node.insertBefore(row, later === undefined ? null : (this.rows.get(later) ?? null));
    this.rows.set(message.id, row);
  }

  take(id: number): boolean {
    const row = this.rows.get(id);
    row?.remove();
    return this.rows.delete(id);
  }

  clear(): void {
    this.rows.clear();
    this.node.replaceChildren();
  }

  private row(message: Message): HTMLLIElement {
    if (message.notice?.length) return this.notice(message, message.notice);
    const row = document.createElement("li");
    row.className = message.mine ? "chat-line chat-mine" : "chat-line";
    row.append(this.head(message), this.text(message));
    return row;
  }

  /** Who joined or left, said by the house in the reader's language. It cannot be deleted. */
  private notice(message: Message, sentences: Sentence[]): HTMLLIElement {
    const row = document.createElement("li");
    row.className = "chat-notice";
    const line = document.createElement("p");
    const said = document.createElement("span");
    said.textContent = sentences.map(({ id, values }) => this.options.texts.text(id, values)).join(" ");
    line.append(icon(this.options.icons, "users"), said, " ", this.time(message));
    row.append(line);
    return row;
  }

  private head(message: Message): HTMLElement {
    const { texts } = this.options;
    const head = document.createElement("p");
    head.className = "chat-head";
    const author = document.createElement("bdi");
    author.className = "chat-author";
    author.textContent = message.author || texts.text("chat.former-member");
    head.append(author, " ", this.time(message));
    if (message.mine || this.options.moderates) head.append(this.retractButton(message));
    return head;
  }

  private time(message: Message): HTMLTimeElement {
    const time = document.createElement("time");
    time.dateTime = message.sent_at;
    const shown: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
    time.textContent = new Date(message.sent_at).toLocaleTimeString(this.options.texts.language, shown);
    return time;
  }

  private retractButton(message: Message): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chat-retract";
    const label = this.options.texts.text("chat.retract-of", { author: message.author });
    button.setAttribute("aria-label", label);
    button.title = this.options.texts.text("chat.retract");
    button.append(icon(this.options.icons, "trash-2"));
    button.addEventListener("click", () => this.options.retract(message));
    return button;
  }

  private text(message: Message): HTMLElement {
    const text = document.createElement("p");
    text.className = "chat-text";
    for (const piece of message.pieces) {
      if (!piece.link) {
        text.append(piece.text);
        continue;
      }
      const link = document.createElement("a");
      link.href = piece.link;
      link.rel = "noopener noreferrer nofollow";
      link.target = "_blank";
      link.textContent = piece.text;
      text.append(link);
    }
    return text;
  }
}

export function icon(icons: string, name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${icons}#${name}`);
  svg.append(use);
  return svg;
}
