import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import { page } from "../tests/page";
import { Hands } from "./hands";
import type { CallNow } from "./place";
import { useTexts } from "./texts";

useTexts(textsOf("plenum"));

function call(order: string[], more: Partial<CallNow> = {}): CallNow {
  const people = ["ana", "ben", "me"].map((name) => ({
    identity: `id-${name}`,
    name,
    client: name === "ben" ? "mumble" : "browser",
    hand: order.indexOf(name) + 1,
    floor: more.floor === `id-${name}`,
    me: name === "me",
  }));
  const ids = order.map((name) => `id-${name}`);
  return { joined: true, identity: "id-me", role: "member", facilitates: false, people, order: ids, floor: null, ...more };
}

function list(): { hands: Hands; asked: string[]; button: (name: string) => HTMLButtonElement | undefined; names: () => string[] } {
  const document = page("<main></main>");
  const asked: string[] = [];
  const hands = new Hands((path, body) => void asked.push(`${path} ${JSON.stringify(body ?? {})}`));
  document.querySelector("main")?.append(hands.node);
  const shown = (): HTMLButtonElement[] => [...hands.node.querySelectorAll("button")].filter((one) => !one.hidden);
  return {
    hands,
    asked,
    button: (name) => shown().find((one) => one.textContent?.includes(name)),
    names: () => [...hands.node.querySelectorAll(".plenum-name")].map((one) => one.textContent ?? ""),
  };
}

test("facilitators call the next, give the floor out of order, lower a hand, end a turn", () => {
  const { hands, asked, button, names } = list();
  hands.update(call(["ana", "me"], { facilitates: true, floor: "id-ben" }));
  assert.deepEqual(names(), ["ana", "me (you)"]);
  for (const name of ["Next speaker", "Give me the floor", "Lower the hand of ana", "End turn"]) button(name)?.click();
  assert.deepEqual(asked, ["call-next {}", 'call {"identity":"id-me"}', 'lower {"identity":"id-ana"}', "floor-end {}"]);
});

test("others see the list and end only their own turn", () => {
  const { hands, button } = list();
  hands.update(call(["ana"], { floor: "id-ben" }));
  assert.equal(button(""), undefined);
  assert.equal(hands.update(call(["ana"], { floor: "id-me" })), "You have the floor");
  assert.ok(button("End turn"));
});

test("the focus stays on a row that moves, and goes to the heading when its row is gone", () => {
  const { hands, button } = list();
  hands.update(call(["ana", "ben"], { facilitates: true }));
  button("Lower the hand of ben")?.focus();
  hands.update(call(["ben", "ana"], { facilitates: true }));
  assert.equal(document.activeElement, button("Lower the hand of ben"));
  hands.update(call(["ana"], { facilitates: true }));
  assert.equal(document.activeElement, hands.heading);
});

test("nobody waits: it says so, and there is nobody to call", () => {
  const { hands, asked, button } = list();
  hands.update(call([], { facilitates: true }));
  assert.match(hands.node.textContent ?? "", /Nobody has raised a hand/);
  assert.equal(button("Next speaker")?.getAttribute("aria-disabled"), "true");
  button("Next speaker")?.click();
  assert.equal(asked.length, 0);
});

test("whoever is here by sound alone is marked in the list, in words", () => {
  const { hands } = list();
  hands.update(call(["ana", "ben"]));
  const marks = [...hands.node.querySelectorAll<HTMLElement>(".plenum-blind")];
  assert.deepEqual(marks.map((one) => one.hidden), [true, false]);
  assert.equal(marks[1]?.textContent, "Here by sound alone");
});
