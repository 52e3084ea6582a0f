import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import { event, page } from "../tests/page";
import { TABS } from "./layout";
import type { Tab } from "./settings";
import { Tabs } from "./tabs";
import { useTexts } from "./texts";

useTexts(textsOf("plenum"));

function tabs(selected: Tab): { tabs: Tabs; chosen: Tab[]; tab: (name: Tab) => HTMLElement } {
  const document = page("<main></main>");
  const chosen: Tab[] = [];
  const made = new Tabs((tab) => {
    chosen.push(tab);
    made.show(TABS.phone, tab);
  });
  document.querySelector("main")?.append(made.node);
  made.show(TABS.phone, selected);
  return { tabs: made, chosen, tab: (name) => document.getElementById(`plenum-tab-${name}`) as HTMLElement };
}

test("one tab is selected and reached with Tab; arrows, Home and End walk and select", () => {
  const { chosen, tab } = tabs("room");
  assert.equal(tab("room").getAttribute("aria-selected"), "true");
  assert.deepEqual([tab("room").tabIndex, tab("chat").tabIndex], [0, -1]);
  tab("room").focus();
  const press = (key: string): boolean => document.activeElement?.dispatchEvent(event(document, "keydown", { key })) ?? false;
  for (const key of ["ArrowLeft", "ArrowRight", "End", "Home", "ArrowRight"]) press(key);
  assert.deepEqual(chosen, ["chat", "room", "chat", "room", "list"]);
  assert.equal(document.activeElement, tab("list"));
});

test("a tab that does not exist in a size is hidden and skipped", () => {
  const { tabs: made, chosen, tab } = tabs("minutes");
  made.show(TABS.wide, "minutes");
  assert.deepEqual([tab("room").hidden, tab("list").hidden, tab("chat").hidden], [true, true, false]);
  tab("minutes").focus();
  tab("minutes").dispatchEvent(event(document, "keydown", { key: "ArrowLeft" }));
  assert.deepEqual(chosen, ["chat"]);
});

test("a count stands behind the word and says what it counts", () => {
  const { tabs: made, tab } = tabs("room");
  made.count("chat", 3, "3 new messages");
  const badge = tab("chat").querySelector<HTMLElement>(".badge");
  assert.deepEqual([badge?.textContent, badge?.title, badge?.hidden], ["3", "3 new messages", false]);
  made.count("chat", 0, "");
  assert.equal(badge?.hidden, true);
});
