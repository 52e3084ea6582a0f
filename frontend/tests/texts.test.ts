import assert from "node:assert/strict";
import test from "node:test";
import { Texts } from "../kit/texts";

const catalogue = {
  "web.hello": "Hallo {name}",
  "web.people": { one: "{n} Person", other: "{n} Personen" },
};

test("a text has its values in their places, and unknown places stay", () => {
  const texts = new Texts(catalogue, "de");
  assert.equal(texts.text("web.hello", { name: "mara" }), "Hallo mara");
  assert.equal(texts.text("web.hello"), "Hallo {name}");
});

test("a text that counts is chosen by n, and numbers follow the language", () => {
  const texts = new Texts(catalogue, "de");
  assert.equal(texts.text("web.people", { n: 1 }), "1 Person");
  assert.equal(texts.text("web.people", { n: 1200 }), "1.200 Personen");
});

test("an id that nobody translated is an error, not a blank", () => {
  assert.throws(() => new Texts(catalogue, "de").text("web.nothing"), /web\.nothing/);
  assert.throws(() => new Texts(catalogue, "de").text("constructor"));
});
