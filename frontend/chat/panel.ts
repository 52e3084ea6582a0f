/** `<allmende-chat room texts icons [writes] [moderates] [shared]>`: the chat of a room, live.
 *
 * With `shared` the page around it has the live stream and hands over what concerns the chat as
 * `allmende:live` events of the document: browsers allow few streams. A message of somebody else
 * is told as a `chat:message` event, for a badge.
 */

import { Live } from "../kit/live";
import { Texts } from "../kit/texts";
import { ChatApi, type Message, Refused, newKey } from "./api";
import { Lines, icon } from "./lines";

interface LiveDetail {
  name: string;
  value: unknown;
}

const NEAR_END_PX = 80;

export class AllmendeChat extends HTMLElement {
  private texts!: Texts;
  private api!: ChatApi;
  private lines!: Lines;
  private live: Live | undefined;
  private readonly scroller = document.createElement("div");
  private readonly earlier = document.createElement("button");
  private readonly status = document.createElement("p");
  private readonly field = document.createElement("textarea");
  private key = "";
  private begun: Promise<void> | undefined;

  /** Also after it was moved to another place of the page; what is typed in it stays. */
  connectedCallback(): void {
    this.begun ??= this.begin();
    void this.begun.then(() => {
      if (this.isConnected) this.listen();
    });
  }

  disconnectedCallback(): void {
    this.live?.stop();
    document.removeEventListener("allmende:live", this.shared);
  }

  /** Fetches what is there and follows what comes; also after the page was away. */
  async refresh(): Promise<void> {
    try {
      const history = await this.api.history();
      this.lines.clear();
      for (const message of history.messages) this.lines.put(message);
      this.earlier.hidden = !history.more;
      this.say(history.messages.length ? "" : this.texts.text("chat.nothing-yet"));
      this.toEnd();
      this.live?.start(history.as_of);
    } catch (reason) {
      this.tell(reason);
    }
  }

  private async begin(): Promise<void> {
    const room = Number(this.getAttribute("room"));
    this.api = new ChatApi(room);
    this.texts = await Texts.load(this.getAttribute("texts") ?? "");
    this.lines = new Lines({
      texts: this.texts,
      icons: this.getAttribute("icons") ?? "",
      moderates: this.hasAttribute("moderates"),
      retract: (message) => void this.retract(message),
    });
    this.build();
    if (!this.hasAttribute("shared")) {
      this.live = new Live(room, () => void this.refresh());
      this.live.on("chat.message", (value) => this.came(value as Message));
      this.live.on("chat.retracted", (value) => this.went((value as { id: number }).id));
    }
  }

  private listen(): void {
    if (this.hasAttribute("shared")) document.addEventListener("allmende:live", this.shared);
    void this.refresh();
  }

  private readonly shared = (event: Event): void => {
    const { name, value } = (event as CustomEvent<LiveDetail>).detail;
    if (name === "chat.message") this.came(value as Message);
    else if (name === "chat.retracted") this.went((value as { id: number }).id);
    else if (name === "open" && this.lines.size) void this.refresh();
  };

  private build(): void {
    this.scroller.className = "chat-scroller";
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "log");
    this.scroller.setAttribute("aria-label", this.texts.text("chat.heading"));
    this.earlier.type = "button";
    this.earlier.className = "button button-quiet chat-earlier";
    this.earlier.hidden = true;
    this.earlier.textContent = this.texts.text("chat.earlier");
    this.earlier.addEventListener("click", () => void this.showEarlier());
    this.scroller.append(this.earlier, this.lines.node);
    this.status.className = "chat-status";
    this.status.setAttribute("role", "status");
    this.replaceChildren(this.scroller, this.status, this.form());
    this.classList.add("chat-live");
  }

  private form(): HTMLElement {
    if (!this.hasAttribute("writes")) {
      const note = document.createElement("p");
      note.className = "chat-empty";
      note.textContent = this.texts.text("chat.may-read-only");
      return note;
    }
    const form = document.createElement("form");
    form.className = "chat-form";
    this.field.className = "input";
    this.field.rows = 2;
    this.field.maxLength = 4000;
    this.field.setAttribute("aria-label", this.texts.text("chat.message"));
    this.field.placeholder = this.texts.text("chat.message");
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.send();
    });
    this.field.addEventListener("input", () => (this.key = ""));
    const send = document.createElement("button");
    send.type = "submit";
    send.className = "button chat-send";
    send.setAttribute("aria-label", this.texts.text("chat.send"));
    send.append(icon(this.getAttribute("icons") ?? "", "send"));
    form.append(this.field, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    return form;
  }

  /** The text stays in the field until the server has it; a second try carries the same key. */
  private async send(): Promise<void> {
    const text = this.field.value.trim();
    if (!text || this.field.readOnly) return;
    this.key ||= newKey();
    this.field.readOnly = true;
    try {
      this.came(await this.api.say(text, this.key));
      this.field.value = "";
      this.key = "";
      this.say("");
      this.toEnd();
    } catch (reason) {
      this.tell(reason);
    } finally {
      this.field.readOnly = false;
      this.field.focus();
    }
  }

  private async retract(message: Message): Promise<void> {
    try {
      await this.api.retract(message.id);
      this.went(message.id);
      this.say(this.texts.text("chat.retracted-note"));
    } catch (reason) {
      this.tell(reason);
    }
  }

  private async showEarlier(): Promise<void> {
    const height = this.scroller.scrollHeight;
    try {
      const history = await this.api.history(this.lines.oldest);
      for (const message of history.messages) this.lines.put(message);
      this.earlier.hidden = !history.more;
      this.scroller.scrollTop += this.scroller.scrollHeight - height;
    } catch (reason) {
      this.tell(reason);
    }
  }

  private came(message: Message): void {
    if (this.lines.has(message.id)) return;
    const follow = this.isAtEnd();
    this.lines.put(message);
    if (this.status.textContent === this.texts.text("chat.nothing-yet")) this.say("");
    if (follow) this.toEnd();
    if (!message.mine) {
      this.dispatchEvent(new CustomEvent("chat:message", { bubbles: true, detail: message }));
    }
  }

  private went(id: number): void {
    this.lines.take(id);
  }

  private isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  private toEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  private tell(reason: unknown): void {
    if (!(reason instanceof Refused)) throw reason;
    const known = reason.status !== 0 && this.texts.has(reason.id);
    this.say(known ? this.texts.text(reason.id, reason.values) : this.texts.text("chat.not-sent"));
  }

  private say(sentence: string): void {
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
  }
}
