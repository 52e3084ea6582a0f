import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import { type CallNow, placeOf, sentenceId, type Somebody } from "./place";

const names = ["ana", "ben", "me", "dia"];

function call(order: string[], floor: string | null = null, also: string[] = []): CallNow {
  const people = [...names, ...also].map((identity): Somebody => ({
    identity,
    name: identity,
    client: "browser",
    hand: order.indexOf(identity) + 1,
    floor: floor === identity,
    me: identity === "me",
  }));
  return { joined: true, identity: "me", role: "guest", facilitates: false, people, order, floor };
}

function said(now: CallNow, language: string): string {
  const place = placeOf(now);
  return textsOf("plenum", language).text(sentenceId(place), { n: place.number });
}

test("one sentence says where one stands, in both languages", () => {
  assert.equal(said(call(["ana", "ben", "me"]), "de"), "Du bist als Drittes dran");
  assert.equal(said(call(["ana", "ben", "me"]), "en"), "You are third");
  assert.equal(said(call(["me", "ana"], "ben"), "en"), "You are next");
  assert.equal(said(call(["ana"], "me"), "en"), "You have the floor");
  assert.equal(said(call(["ana"]), "en"), "You are not on the list");
});

test("every place to the tenth has a word, from there a number", () => {
  const others = Array.from({ length: 30 }, (_, n) => `p${String(n)}`);
  for (let before = 1; before <= 30; before += 1) {
    const order = [...others.slice(0, before), "me"];
    const sentence = said(call(order, null, others), "en");
    if (before < 10) assert.match(sentence, /^You are \w+$/);
    else assert.match(sentence, new RegExp(`\\b${String(before + 1)}$`));
  }
});

test("who left takes no place", () => {
  const place = placeOf(call(["gone", "ana", "me"]));
  assert.equal(place.number, 2);
  assert.deepEqual(place.waiting.map((one) => one.name), ["ana", "me"]);
});
