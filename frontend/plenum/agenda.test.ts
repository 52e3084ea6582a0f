import assert from "node:assert/strict";
import test from "node:test";
import { item, snapshot } from "../tests/assembly";
import { textsOf } from "../tests/catalogue";
import { event, page } from "../tests/page";
import { Agenda } from "./agenda";
import type { Act, Snapshot } from "./api";
import { Bar } from "./bar";
import { useTexts } from "./texts";

useTexts(textsOf("plenum"));

const MINUTE = 60_000;
const items = [
  item(1, { title: "Reports", state: "done", started_at: "x" }),
  item(2, { title: "Workshop", kind: "decision", minutes: 30, state: "running", started_at: "x", elapsed_ms: 12 * MINUTE }),
  item(3, { title: "Kitchen" }),
  item(4, { title: "Loudspeakers", state: "parked" }),
];
const running = snapshot({ items, running: 2 });

function acts(): { act: Act; asked: string[] } {
  const asked: string[] = [];
  const act = ((command: string, body: object) => {
    asked.push(`${command} ${JSON.stringify(body)}`);
    return Promise.resolve("");
  }) as Act;
  return { act, asked };
}

function bar(): { bar: Bar; asked: string[]; press: (name: string) => void; text: () => string } {
  const document = page("<main></main>");
  const { act, asked } = acts();
  const shown = new Bar(act, () => void asked.push("agenda"));
  document.querySelector("main")?.append(shown.node);
  const press = (name: string): void => {
    const found = [...shown.node.querySelectorAll("button")].find((one) => !one.hidden && one.textContent === name);
    assert.ok(found, `no button ${name}`);
    found.click();
  };
  return { bar: shown, asked, press, text: () => shown.node.textContent ?? "" };
}

test("the bar says which item runs, how much time is left and when all is over", () => {
  const { bar: shown, text } = bar();
  shown.update(running, 1_000_000);
  for (const words of ["Item 2 of 3 · Decision", "Workshop", "18:00", "left"]) assert.ok(text().includes(words), words);
  assert.equal(shown.node.dataset["phase"], "early");
  shown.tick(1_000_000 + 12 * MINUTE);
  assert.equal(shown.node.dataset["phase"], "late");
  shown.tick(1_000_000 + 20 * MINUTE);
  assert.equal(shown.node.dataset["phase"], "over");
  assert.ok(text().includes("+2:00") && text().includes("over time"));
});

test("each state offers the one thing to do next", () => {
  const { bar: shown, asked, press } = bar();
  const look = (of: Snapshot): void => shown.update(of, 1_000_000);
  look(snapshot({ state: "open", items }));
  press("Start the assembly");
  look(snapshot({ items }));
  press("Begin the first item");
  look(running);
  for (const name of ["Next item", "2 min", "5 min", "Break"]) press(name);
  look(snapshot({ items: items.slice(0, 2), running: 2 }));
  press("End this item");
  look(snapshot({ state: "paused", items, running: 2 }));
  press("Go on after the break");
  assert.deepEqual(asked, [
    "start {}",
    'next {"after":null}',
    'next {"after":2}',
    'extend {"item":2,"minutes":2}',
    'extend {"item":2,"minutes":5}',
    "pause {}",
    'end {"item":2}',
    "resume {}",
  ]);
});

test("who does not facilitate sees the time and no buttons but the agenda", () => {
  const { bar: shown, asked, press } = bar();
  shown.update(snapshot(running.assembly, { may: { facilitate: false } }), 1_000_000);
  assert.equal(shown.acts.node.hidden, true);
  press("Agenda");
  assert.deepEqual(asked, ["agenda"]);
});

function agenda(of: Snapshot): { panel: Agenda; asked: string[]; button: (name: string) => HTMLButtonElement | undefined } {
  const document = page("<main></main>");
  const { act, asked } = acts();
  const panel = new Agenda({ act, close: () => void asked.push("shut"), end: () => void asked.push("over") });
  document.querySelector("main")?.append(panel.node);
  panel.update(of);
  const name = (one: Element): string => one.getAttribute("aria-label") ?? one.textContent ?? "";
  const hidden = (one: Element): boolean => one.closest("[hidden]") !== null && one.closest(".plenum-agenda[hidden] [hidden]") !== null;
  const button = (wanted: string): HTMLButtonElement | undefined =>
    [...panel.node.querySelectorAll("button")].find((one) => !hidden(one) && name(one) === wanted);
  return { panel, asked, button };
}

test("facilitators begin, move, park and remove items", () => {
  const { asked, button } = agenda(running);
  button("Change Kitchen")?.click();
  for (const name of ["Begin: Kitchen", "Earlier: Kitchen", "Park: Kitchen", "Remove: Kitchen"]) {
    const found = button(name);
    assert.ok(found, name);
    found.click();
  }
  assert.deepEqual(asked, ['begin {"item":3}', 'move {"item":3,"by":-1}', 'park {"item":3}', 'remove {"item":3}']);
  assert.equal(button("Later: Kitchen")?.getAttribute("aria-disabled"), "true");
});

test("what was begun is not removed, what is done is begun again only on purpose", () => {
  const { button } = agenda(running);
  assert.equal(button("Begin: Reports"), undefined);
  button("Change Reports")?.click();
  assert.ok(button("Begin: Reports"));
  assert.equal(button("Remove: Reports"), undefined);
  assert.equal(button("Park: Reports"), undefined);
});

test("others read the agenda with its parked items", () => {
  const { panel, button } = agenda(snapshot(running.assembly, { may: { facilitate: false } }));
  assert.equal(button("Begin: Kitchen"), undefined);
  assert.equal(button("Change Kitchen"), undefined);
  assert.equal(panel.node.querySelectorAll(".plenum-item").length, 4);
  assert.match(panel.node.querySelector(".plenum-parked")?.textContent ?? "", /Loudspeakers/);
});

test("a new item goes from one line to the server, and the line is empty again", async () => {
  const { panel, asked } = agenda(running);
  const form = panel.node.querySelector("form");
  const title = form?.querySelector("input");
  assert.ok(form && title);
  form.dispatchEvent(event(document, "submit"));
  title.value = "  Paint ";
  form.dispatchEvent(event(document, "submit"));
  await Promise.resolve();
  assert.deepEqual(asked, ['add {"title":"Paint","minutes":10,"kind":"discussion","presenter":"","note":""}']);
  assert.equal(title.value, "");
});

test("Escape closes the panel", () => {
  const { panel, asked } = agenda(running);
  panel.heading.dispatchEvent(event(document, "keydown", { key: "Escape" }));
  assert.deepEqual(asked, ["shut"]);
});
