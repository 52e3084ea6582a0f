// Keys alone: where the focus is, what it is called, and whether one can see it.
import assert from "node:assert/strict";
import { until } from "./stats.mjs";

const MOST_TABS = 60;

/** Two pictures later the page has heard of what keys did; nobody presses faster. */
const seen = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));

/** What has the focus: the words it is known by, and whether one can see that. */
export const focused = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    if (!node || node === document.body) return { name: "", shown: true, uncovered: true };
    const label = node.labels?.[0]?.textContent ?? "";
    const name = node.getAttribute("aria-label") ?? (label || node.textContent || "");
    const style = getComputedStyle(node);
    // In a text the caret shows it.
    const marked = style.outlineStyle !== "none" || style.boxShadow !== "none" || node.isContentEditable;
    const { left, top, right, bottom } = node.getBoundingClientRect();
    const points = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.1, 0.9].map((y) => [left + (right - left) * x, top + (bottom - top) * y]));
    const hit = ([x, y]) => {
      const there = document.elementFromPoint(x, y);
      return there !== null && (node.contains(there) || there.contains(node) || [...(node.labels ?? [])].some((one) => one.contains(there)));
    };
    return {
      name: name.trim().replace(/\s+/g, " "),
      shown: marked || node.tabIndex < 0,
      uncovered: node.tabIndex < 0 || points.some(hit),
    };
  });

/** Fails unless one can see what has the focus. */
export async function sees({ page }) {
  await page.evaluate(seen);
  const { name, shown, uncovered } = await focused(page);
  assert.ok(shown, `nobody sees that "${name}" has the focus`);
  assert.ok(uncovered, `"${name}" has the focus and lies under something`);
  return name;
}

// A count may stand behind the word.
const isCalled = (name, wanted) => name.startsWith(wanted) && /^[\s\d]*$/.test(name.slice(wanted.length));

/** Presses Tab until what has the focus is called so. */
export const tabTo = (one, id, values, key) => reach(one, one.t(id, values), key);

/** The same for a name that is made of more than one text. */
export async function reach(one, wanted, key = "Tab") {
  const passed = [];
  for (let count = 0; count < MOST_TABS; count += 1) {
    const name = await sees(one);
    if (isCalled(name, wanted)) return;
    passed.push(name.slice(0, 30));
    await one.page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach "${wanted}": ${passed.join(" | ")}`);
}

/** Goes there with Tab and presses Enter. */
export async function go(one, id, values) {
  await tabTo(one, id, values);
  await one.page.keyboard.press("Enter");
}

/** Presses these keys one after the other. */
export async function key(one, ...keys) {
  for (const next of keys) await one.page.keyboard.press(next);
}

/** Waits until what is called so has the focus. */
export const isAt = (one, id, values) => isOn(one, one.t(id, values));

/** The same for a name that is made of more than one text. */
export async function isOn(one, wanted) {
  let name = "";
  const arrived = async () => {
    name = await sees(one);
    return isCalled(name, wanted);
  };
  await until(`the focus is on "${wanted}"`, arrived).catch((reason) => {
    throw new Error(`${reason.message}; it is on "${name.slice(0, 60)}"`);
  });
}
