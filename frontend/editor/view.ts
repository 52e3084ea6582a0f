/** A pad on a page: its state, the people, the tools, the text. The editor comes by its kind. */

import type { Texts } from "../kit/texts";
import { PadApi } from "../pads/api";
import { PadClient, type Status } from "../pads/client";
import { colourOf } from "../pads/people";
import { el, icon, say, useSprite } from "../kit/dom";
import { initials } from "./initials";
import { type Action, type Around, type Editor, caretsOf } from "./editing";
import { askForMe } from "./medialog";
import { Notes } from "./notes";
import { Presence } from "./presence";
import { StatusLine } from "./status";
import { Toolbar } from "./toolbar";

export interface ViewOptions {
  base: string;
  texts: Texts;
  icons: string;
  compact: boolean;
}

/** The end of a pad is told when it is near. */
const SOON_MS = 7 * 24 * 3600 * 1000;
const COLOURS_OFF = "allmende-pad-colours-off";
const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

export class PadView {
  private readonly api: PadApi;
  private readonly client: PadClient;
  private readonly status: StatusLine;
  private readonly notes: Notes;
  private readonly presence: Presence;
  private readonly me = el("button", { type: "button", class: "editor-me" });
  private readonly tools = el("div", { class: "editor-tools" });
  private readonly paper = el("div", { class: "editor-paper" });
  private readonly root: HTMLElement;
  private editor: Editor | null = null;
  private toolbar: Toolbar | null = null;
  private opening = 0;

  constructor(
    private readonly host: HTMLElement,
    private readonly options: ViewOptions,
  ) {
    const { texts } = options;
    useSprite(options.icons);
    this.api = new PadApi(options.base);
    this.client = new PadClient(this.api);
    this.status = new StatusLine(texts);
    this.notes = new Notes(texts);
    this.presence = new Presence({
      people: this.client.people,
      texts,
      nameOf: this.nameOf,
      follow: () => this.follow(),
      announce: (sentence) => this.notes.announce(sentence),
    });
    this.me.addEventListener("click", () => this.askForMe());
    this.root = this.build();
    this.showColours(!coloursOff());
  }

  start(): void {
    const { client } = this;
    client.on("document", () => void this.open());
    client.on("status", (status) => this.showStatus(status));
    client.on("people", () => this.showPeople());
    client.on("authors", () => this.editor?.recolour());
    client.on("access", () => this.showAccess());
    client.on("vanished", (texts) => this.notes.offer(texts));
    client.on("said", (id, text) => this.said(id, text));
    client.on("expiry", (at) => this.expires(at));
    window.addEventListener("online", this.online);
    window.addEventListener("offline", this.offline);
    window.addEventListener("beforeunload", this.closing);
    client.start();
    if (!this.options.compact) document.documentElement.classList.add("editor-page");
  }

  stop(): void {
    window.removeEventListener("online", this.online);
    window.removeEventListener("offline", this.offline);
    window.removeEventListener("beforeunload", this.closing);
    this.status.stop();
    this.editor?.destroy();
    this.client.stop();
  }

  private build(): HTMLElement {
    const bar = el("div", { class: "editor-bar" }, this.status.node, this.presence.node, this.me);
    const head = el("div", { class: "editor-head" }, bar, this.tools);
    // On the dark stage of a call the bar belongs to the stage, and the rest is paper.
    const paper = this.options.compact ? [this.tools, this.notes.node, this.paper] : [];
    for (const node of paper) node.classList.add("editor-leaf");
    const kind = this.options.compact ? "editor editor-compact" : "editor editor-leaf";
    const root = el("section", { class: kind, "aria-label": this.options.texts.text("pads.editor-pad") }, head, this.notes.node, this.paper);
    root.addEventListener("keydown", (event) => this.pressed(event));
    for (const name of ["wheel", "touchmove"]) this.paper.addEventListener(name, () => this.presence.letGo(), { passive: true });
    return root;
  }

  /** Shows the document, in place of what the server wrote into the page or of the last one. */
  private async open(): Promise<void> {
    const { copy, session } = this.client;
    if (!copy || !session) return;
    const turn = (this.opening += 1);
    const around = this.around(copy);
    const { writes } = this.client;
    const make =
      copy.kind === "rich"
        ? await import("./rich").then(({ openRich }) => () => openRich(around, writes))
        : await import("./code").then(({ openCode }) => () => openCode(around, writes, session.language));
    if (turn !== this.opening || this.client.copy !== copy) return;
    this.editor?.destroy();
    this.editor = make();
    this.paper.replaceChildren(this.editor.node);
    if (!this.root.isConnected) this.host.replaceChildren(this.root);
    this.showTools();
    this.showAccess();
    this.showPeople();
    this.editor.recolour();
    this.host.dispatchEvent(new CustomEvent("pad:open", { bubbles: true }));
  }

  private around(copy: Around["copy"]): Around {
    return {
      client: this.client,
      copy,
      texts: this.options.texts,
      nameOf: this.nameOf,
      tell: (sentence) => this.notes.tell(sentence),
      leave: () => this.leave(),
      changed: () => this.toolbar?.refresh(),
      moved: () => this.follow(),
      compact: this.options.compact,
    };
  }

  private showTools(): void {
    const { texts } = this.options;
    this.toolbar = new Toolbar([...(this.editor?.actions ?? []), ...this.common()], texts, MAC);
    this.tools.replaceChildren(this.toolbar.node);
  }

  private common(): Action[] {
    return [
      {
        id: "who-wrote",
        icon: "user-search",
        keys: "Mod-Alt-A",
        label: "pads.editor-who-wrote",
        apart: true,
        run: () => this.tellAuthor(),
      },
      {
        id: "colours",
        icon: "palette",
        label: "pads.editor-colours",
        run: () => {
          const off = !coloursOff();
          keepColoursOff(off);
          this.showColours(!off);
          this.toolbar?.refresh();
        },
        active: () => !coloursOff(),
      },
    ];
  }

  private showColours(on: boolean): void {
    this.root.classList.toggle("uncoloured", !on);
  }

  private readonly nameOf = (author: string): string => {
    const { people } = this.client;
    const name = people.person(author)?.name.trim();
    return name || this.options.texts.text("pads.editor-guest", { number: people.guestNumber(author) });
  };

  private showStatus(status: Status): void {
    this.status.show(status, this.client.delayed);
    if (status === "ended") {
      const sentence = this.options.texts.text(this.client.endedBy);
      if (!this.root.isConnected) this.host.replaceChildren(this.root);
      this.editor?.setWrites(false);
      this.showAccess();
      this.notes.keep("ended", sentence);
    }
    this.host.dispatchEvent(new CustomEvent("pad:status", { bubbles: true, detail: { state: status } }));
  }

  private showAccess(): void {
    const writes = this.client.writes && this.client.status !== "ended";
    this.editor?.setWrites(writes);
    this.tools.hidden = this.me.hidden = !writes;
    if (this.client.locked) this.notes.keep("locked", this.options.texts.text(writes ? "pads.editor-locked-for-others" : "pads.editor-locked"));
    else this.notes.take("locked");
  }

  private showPeople(): void {
    const { people } = this.client;
    const { texts } = this.options;
    this.presence.show();
    const name = people.person(people.me)?.name.trim() ?? "";
    const face = el("span", { class: `editor-face author-${String(colourOf(people.person(people.me)))}`, "aria-hidden": "true" });
    // Letters that are drawn are no part of what the button is called.
    if (name) face.dataset["letters"] = initials(name);
    else face.append(icon("pencil"));
    const word = el("span", { class: "editor-me-word" });
    say(word, name || texts.text("pads.editor-name-yourself"));
    this.me.replaceChildren(face, word);
    this.me.setAttribute("aria-label", name ? texts.text("pads.editor-change-name", { name }) : texts.text("pads.editor-name-yourself"));
    this.editor?.recolour();
    this.host.dispatchEvent(new CustomEvent("pad:people", { bubbles: true, detail: { n: people.here.length } }));
  }

  private askForMe(): void {
    const { people } = this.client;
    const me = people.person(people.me);
    askForMe(this.api, this.options.texts, { name: me?.name ?? "", colour: colourOf(me) });
  }

  private tellAuthor(): void {
    const author = this.editor?.authorHere();
    const { texts } = this.options;
    if (author === undefined) this.notes.tell(texts.text("pads.editor-written-by-nobody"));
    else if (author === this.client.people.me) this.notes.tell(texts.text("pads.editor-written-by-you"));
    else this.notes.tell(texts.text("pads.editor-written-by", { name: this.nameOf(author) }));
  }

  private follow(): void {
    const author = this.presence.following;
    if (author === null || !this.editor) return;
    for (const client of caretsOf(this.around(this.client.copy as Around["copy"]), author)) {
      if (this.editor.showCaretOf(client)) return;
    }
  }

  private leave(): void {
    if (this.toolbar && !this.tools.hidden) this.toolbar.focus();
    else this.presence.node.querySelector("summary")?.focus();
  }

  private pressed(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.altKey && event.key.toLowerCase() === "a") {
      event.preventDefault();
      this.tellAuthor();
    } else if (this.editor?.node.contains(event.target as Node)) this.presence.letGo();
    else if (event.key === "Escape" && this.tools.contains(event.target as Node)) this.editor?.focus();
  }

  private said(id: string, text: string): void {
    const { texts } = this.options;
    if (text) this.notes.tell(text);
    else if (texts.has(id)) this.notes.tell(texts.text(id));
  }

  private expires(at: string | null): void {
    if (at === null || new Date(at).getTime() - Date.now() > SOON_MS) return;
    const { texts } = this.options;
    const day = new Date(at).toLocaleDateString(texts.language, { dateStyle: "long" });
    this.notes.tell(texts.text("pads.editor-ends", { day }));
  }

  private readonly online = (): void => this.client.reconnect();

  private readonly offline = (): void => this.client.disconnect();

  /** The browser asks before text that only this page has goes away. */
  private readonly closing = (event: BeforeUnloadEvent): void => {
    if (this.client.copy?.saving.pending && this.client.writes && this.client.status !== "saving") event.preventDefault();
  };
}

function coloursOff(): boolean {
  try {
    return localStorage.getItem(COLOURS_OFF) !== null;
  } catch {
    return false;
  }
}

function keepColoursOff(off: boolean): void {
  try {
    if (off) localStorage.setItem(COLOURS_OFF, "1");
    else localStorage.removeItem(COLOURS_OFF);
  } catch {
    // Where nothing may be kept, the choice lasts as long as the page.
  }
}
