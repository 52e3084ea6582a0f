import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import { event, page } from "../tests/page";
import { mumbleWay, named } from "./mumble";
import type { RoomOptions } from "./options";
import { useTexts } from "./texts";

useTexts(textsOf("meet"));

const BY_CODE = "mumble://Mara:t0ken@example.org:64738/?title=Plenum&version=1.2.0";

function way(mumble: string, mumbleCode: boolean, name = ""): { node: HTMLElement | null; document: Document } {
  const document = page("");
  return { node: mumbleWay({ mumble, mumbleCode } as RoomOptions, () => name), document };
}

test("the name that was typed stands in the address, whatever is in it", () => {
  assert.equal(named(BY_CODE, "Ayşe de:la/Cruz"), BY_CODE.replace("Mara", "Ay%C5%9Fe%20de%3Ala%2FCruz"));
  assert.equal(named(BY_CODE.replace("Mara", ""), "jo"), BY_CODE.replace("Mara", "jo"));
  assert.equal(named(BY_CODE, ""), BY_CODE);
});

test("an address without a code keeps the name of the account", () => {
  const own = "mumble://mara@example.org:64738/K%C3%BCche/Plenum?title=Plenum&version=1.2.0";
  assert.equal(named(own, "jo"), own);
  assert.equal(named("mumble://example.org:64738/?title=a:b@c", "jo"), "mumble://example.org:64738/?title=a:b@c");
});

test("a guest opens Mumble with the name typed meanwhile", () => {
  const { node, document } = way(BY_CODE, true, "jo");
  const open = node?.querySelector<HTMLAnchorElement>("a.button");
  assert.match(open?.getAttribute("href") ?? "", /^mumble:\/\/Mara:/);
  open?.dispatchEvent(event(document, "click"));
  assert.match(open?.getAttribute("href") ?? "", /^mumble:\/\/jo:t0ken@/);
  assert.equal(node?.querySelector('a[href="/me/keys"]'), null);
});

test("a member is told of the app password, and nobody of Mumble where there is none", () => {
  assert.ok(way("mumble://mara@example.org:64738/", false).node?.querySelector('a[href="/me/keys"]'));
  assert.equal(way("", false).node, null);
});
