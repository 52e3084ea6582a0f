import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../tests/page";
import { keepFocus } from "./focus";

function bar(): { node: HTMLElement; first: HTMLButtonElement; second: HTMLButtonElement } {
  const document = page("<main><p><button>Pause</button><button>Next</button></p></main>");
  const [first, second] = document.querySelectorAll("button");
  const node = document.querySelector("p");
  assert.ok(node && first && second);
  return { node, first, second };
}

test("a button that goes hands the focus on", () => {
  for (const go of [
    (one: HTMLButtonElement) => void (one.hidden = true),
    (one: HTMLButtonElement) => void (one.disabled = true),
    (one: HTMLButtonElement) => one.remove(),
  ]) {
    const { node, first, second } = bar();
    first.focus();
    keepFocus(node, () => second, () => go(first));
    assert.equal(document.activeElement, second);
  }
});

test("the focus stays where it is if that stays", () => {
  const { node, first, second } = bar();
  second.focus();
  keepFocus(node, () => first, () => void (first.hidden = true));
  assert.equal(document.activeElement, second);
});

test("a focus elsewhere is left alone", () => {
  const { node, first, second } = bar();
  keepFocus(node, () => second, () => void (first.hidden = true));
  assert.notEqual(document.activeElement, second);
});
