import assert from "node:assert/strict";
import test from "node:test";
import { item, snapshot } from "../tests/assembly";
import { textsOf } from "../tests/catalogue";
import { event, page } from "../tests/page";
import type { Snapshot } from "./api";

const BODY = `<allmende-plenum room="7" slug="garden" icons="/i.svg" texts="/t.json" pads-texts="/p.json" inside>
  <allmende-call room="7" title-text="Garden" in-plenum>
    <div class="meet-middle"><section class="meet-stage" tabindex="-1"></section>
    <aside class="meet-panel" hidden><allmende-chat hidden><textarea></textarea></allmende-chat></aside></div>
  </allmende-call></allmende-plenum>`;

const items = [item(1, { title: "Reports", state: "running", started_at: "x" }), item(2, { title: "Kitchen" })];
const running = snapshot({ items, running: 1 });

interface Site {
  host: HTMLElement;
  call: HTMLElement;
  told: { name: string; detail: Record<string, unknown> }[];
  asked: string[];
  answer: (next: Snapshot | number) => void;
  tell: (name: string, detail: unknown) => void;
  joins: (more?: object) => void;
  settled: () => Promise<void>;
}

class Still {
  observe(): void {
    // Nothing changes its size here.
  }
}

// A class of elements belongs to one page, so all stories are told on the same.
const document = page("");
const window = document.defaultView as unknown as Record<string, unknown> & typeof globalThis;
const { AbortController, CustomEvent, localStorage } = window;
share({ AbortController, CustomEvent, localStorage, ResizeObserver: Still, window });

function share(globals: object): void {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value: value as unknown, configurable: true, writable: true });
  }
}

/** A page in a window of a width, with a call that is not joined yet. */
async function site(first: Snapshot | number, width = 1280): Promise<Site> {
  Object.defineProperty(document.documentElement, "clientWidth", { value: width, configurable: true });
  localStorage.clear();
  const asked: string[] = [];
  let next = first;
  const json = (value: unknown, status = 200): Response => new Response(JSON.stringify(value), { status });
  const fetch = (url: string, request?: RequestInit): Promise<Response> => {
    if (url === "/t.json") return Promise.resolve(json(catalogue()));
    asked.push(`${request?.method ?? "GET"} ${url} ${typeof request?.body === "string" ? request.body : ""}`.trim());
    return Promise.resolve(typeof next === "number" ? json({ error: "plenum.not-open" }, next) : json(next));
  };
  share({ fetch });
  const told: Site["told"] = [];
  for (const name of ["act", "notice", "panels"]) {
    document.addEventListener(`allmende:${name}`, (heard) => {
      told.push({ name, detail: (heard as CustomEvent<Record<string, unknown>>).detail });
    });
  }
  const { AllmendePlenum } = await import("./screen");
  if (!customElements.get("allmende-plenum")) customElements.define("allmende-plenum", AllmendePlenum);
  document.body.innerHTML = BODY;
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 12; turn += 1) await new Promise((done) => setImmediate(done));
  };
  const tell = (name: string, detail: unknown): void => {
    document.dispatchEvent(new CustomEvent(`allmende:${name}`, { detail }));
  };
  await settled();
  return {
    host: document.querySelector("allmende-plenum") as HTMLElement,
    call: document.querySelector("allmende-call") as HTMLElement,
    told,
    asked,
    answer: (value) => (next = value),
    tell,
    joins: (more = {}) => {
      const me = { identity: "me", name: "Me", client: "browser", hand: 0, floor: false, me: true };
      tell("call", { joined: true, identity: "me", role: "facilitator", facilitates: true, people: [me], order: [], floor: null, ...more });
    },
    settled,
  };
}

function catalogue(): object {
  return (textsOf("plenum") as unknown as { catalogue: object }).catalogue;
}

const isOpen = (it: Site): boolean => it.host.hasAttribute("data-open");

async function story(tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } finally {
    document.querySelector("allmende-plenum")?.remove(); // ends its timers
  }
}

test("before one joins there is one line, and nothing else is touched", () =>
  story(async () => {
    const it = await site(running);
    assert.match(it.host.querySelector(".plenum-line")?.textContent ?? "", /is going on, with the item ‘Reports’/);
    assert.equal(isOpen(it), false);
    assert.equal(it.call.hasAttribute("in-plenum"), false);
  }));

test("who joins sees one screen: the chat moves over with what is typed in it, and back", () =>
  story(async () => {
    const it = await site(running);
    const chat = it.host.querySelector("allmende-chat");
    const field = it.host.querySelector("textarea");
    assert.ok(chat && field);
    field.value = "half a sentence";
    it.joins();
    assert.ok(isOpen(it));
    assert.ok(it.call.hasAttribute("in-plenum"));
    assert.equal(chat.parentElement?.id, "plenum-chat");
    assert.equal(it.call.getAttribute("over-path"), "/r/garden/plenum/over");
    it.tell("live", { name: "plenum.state", value: snapshot({ state: "closed", items }, { as_of: 2 }) });
    assert.equal(isOpen(it), false);
    assert.equal(it.call.hasAttribute("in-plenum"), false);
    assert.equal(chat.parentElement?.className, "meet-panel");
    assert.equal(field.value, "half a sentence");
    assert.match(String(it.told.at(-1)?.detail["sentence"]), /minutes stay/);
  }));

test("a call becomes an assembly by the window of the call, without anything but a command", () =>
  story(async () => {
    const it = await site(snapshot(null));
    it.joins();
    assert.equal(isOpen(it), false);
    const choices: { label: string; act: () => void }[] = [];
    it.tell("more", { choices });
    assert.deepEqual(choices.map((one) => one.label), ["Hold an assembly"]);
    it.tell("live", { name: "plenum.state", value: snapshot({ state: "open", items }, { as_of: 5 }) });
    assert.ok(isOpen(it));
    const now: { label: string }[] = [];
    it.tell("more", { choices: now });
    assert.deepEqual(now.map((one) => one.label), ["End the assembly"]);
  }));

test("who does not facilitate is offered nothing", () =>
  story(async () => {
    const it = await site(snapshot(null, { may: { facilitate: false } }));
    it.joins();
    const choices: unknown[] = [];
    it.tell("more", { choices });
    assert.deepEqual(choices, []);
  }));

test("an older snapshot that comes late is not shown", () =>
  story(async () => {
    const it = await site(snapshot(running.assembly, { as_of: 9 }));
    it.joins();
    it.tell("live", { name: "plenum.state", value: snapshot(null, { as_of: 8 }) });
    assert.ok(isOpen(it));
  }));

test("keys open the agenda and go to the list; the button of the chat opens its tab", () =>
  story(async () => {
    const it = await site(running);
    it.joins();
    const agenda = it.host.querySelector<HTMLElement>("#plenum-agenda");
    it.tell("key", { key: "a" });
    assert.equal(agenda?.hidden, false);
    it.tell("key", { key: "a" });
    assert.equal(agenda?.hidden, true);
    it.tell("key", { key: "l" });
    assert.equal(document.activeElement?.textContent, "Speaking list");
    it.tell("panel", { panel: "chat" });
    assert.equal(document.activeElement?.id, "plenum-tab-chat");
    assert.deepEqual(it.told.at(-1)?.detail, { chat: true, unread: 0, close: true });
    const keys: string[][] = [];
    it.tell("keys", { keys });
    assert.deepEqual(keys.map(([key]) => key), ["A", "L"]);
  }));

test("messages are counted until somebody looks", () =>
  story(async () => {
    const it = await site(running);
    it.joins();
    const came = (): boolean | undefined => it.host.querySelector("allmende-chat")?.dispatchEvent(event(document, "chat:message"));
    came();
    came();
    assert.equal(document.querySelector("#plenum-tab-chat .badge")?.textContent, "2");
    assert.equal(it.told.at(-1)?.detail["unread"], 2);
    it.tell("panel", { panel: "chat" });
    assert.equal(document.querySelector<HTMLElement>("#plenum-tab-chat .badge")?.hidden, true);
  }));

test("on a phone the call comes first, and one thing is shown at a time", () =>
  story(async () => {
    const it = await site(running, 360);
    it.joins();
    const stage = it.host.querySelector(".meet-stage");
    assert.equal(it.host.dataset["tab"], "room");
    assert.equal(stage?.getAttribute("role"), "tabpanel");
    assert.equal(it.host.querySelector<HTMLElement>(".plenum-list")?.hidden, true);
    document.getElementById("plenum-tab-list")?.click();
    assert.ok(it.call.hasAttribute("data-away"));
    assert.equal(it.host.querySelector<HTMLElement>(".plenum-list")?.hidden, false);
    assert.equal(it.host.querySelector<HTMLElement>(".plenum-side")?.hidden, true);
  }));

test("a refused command says why, and what the call does is asked of the call", () =>
  story(async () => {
    const it = await site(running);
    it.joins({ order: ["me"] });
    const press = (name: string): void => {
      const found = [...it.host.querySelectorAll("button")].find((one) => one.textContent === name);
      assert.ok(found, name);
      found.click();
    };
    press("Next speaker");
    assert.deepEqual(it.told.at(-1), { name: "act", detail: { path: "call-next", body: undefined } });
    it.answer(409);
    press("Next item");
    await it.settled();
    assert.equal(it.asked.at(-1), 'POST /api/v1/rooms/7/plenum/next {"after":1}');
    assert.equal(it.told.at(-1)?.name, "notice");
  }));

test("an answer that is cut off on its way changes nothing", () =>
  story(async () => {
    const it = await site(running);
    it.joins();
    share({ fetch: () => Promise.resolve(new Response("{\"as_of\": 3, ")) });
    it.tell("live", { name: "open", value: null });
    await it.settled();
    assert.ok(isOpen(it));
  }));

test("outside of the door nothing is known and nothing breaks", () =>
  story(async () => {
    const it = await site(403);
    it.joins();
    assert.equal(isOpen(it), false);
    it.answer(running);
    it.tell("live", { name: "open", value: null });
    await it.settled();
    assert.ok(isOpen(it));
  }));

test("who is not in asks for nothing before they joined", () =>
  story(async () => {
    const it = await site(running);
    it.host.removeAttribute("inside");
    const before = it.asked.length;
    it.tell("live", { name: "open", value: null });
    await it.settled();
    assert.equal(it.asked.length, before);
    it.joins();
    it.tell("live", { name: "open", value: null });
    await it.settled();
    assert.equal(it.asked.length, before + 1);
  }));

test("the page says where leaving leads, else it is the page of the plenum", () =>
  story(async () => {
    const it = await site(running);
    it.joins();
    assert.equal(it.call.getAttribute("over-path"), "/r/garden/plenum/over");
  }));
