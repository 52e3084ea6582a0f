import assert from "node:assert/strict";
import test from "node:test";
import { shown } from "./ring.worker";

test("a push is shown with its title, its text and where it leads", () => {
  const told = { title: "Allmende", body: "Neues in Küche", link: "/g/kueche" };
  assert.deepEqual(shown(told), told);
});

test("a link that leads elsewhere leads to the start page", () => {
  for (const link of ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "g/x"]) {
    assert.equal(shown({ title: "a", body: "b", link })?.link, "/");
  }
});

test("what is no push of ours is not shown", () => {
  for (const data of [null, undefined, "text", 5, [], {}, { title: "a", body: 1, link: "/" }]) {
    assert.equal(shown(data), null);
  }
});
