import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { sha256, solve } from "../kit/proof";

const digest = async (text: string): Promise<string> => createHash("sha256").update(text).digest("hex");

function challengeOf(number: number, maxnumber: number): Parameters<typeof solve>[0] {
  const salt = "c0ffee?expires=1&";
  const challenge = createHash("sha256").update(`${salt}${number}`).digest("hex");
  return { algorithm: "SHA-256", challenge, maxnumber, salt, signature: "" };
}

test("the solver finds the number, also at both ends", async () => {
  for (const number of [0, 511, 512, 3000]) {
    assert.equal(await solve(challengeOf(number, 3000), digest), number);
  }
});

test("a number above the limit is not looked for", async () => {
  assert.equal(await solve(challengeOf(5000, 1000), digest), -1);
});

test("the hash of the browser is the hash of everybody", async () => {
  assert.equal(await sha256("Allmende"), await digest("Allmende"));
});
