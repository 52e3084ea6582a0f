// A party in a story that several programs tell together. Each says `ready`, waits for `go`, does
// its part, says what it has at the end, and stays until its stdin ends: nobody is missed before.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);

/** `begin` returns what does the part; that returns what is told. */
export async function party(begin, end) {
  try {
    const act = await begin();
    say({ ready: true });
    await lines.next();
    say(await act());
    await lines.next();
  } catch (reason) {
    say({ failed: String(reason?.stack ?? reason) });
    process.exitCode = 1;
  } finally {
    await end();
    process.exit();
  }
}

/** Looks again until it is so; fails with the sentence and what `tell` says. */
export async function until(sentence, holds, withinMs, tell = () => "") {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${sentence}; ${await tell()}`);
    await pause(50);
  }
}

export const pause = (ms) => new Promise((next) => setTimeout(next, ms));

/** The marks of `wanted` that `paragraphs` do not have, with the space that is typed behind each. */
export function missing(wanted, paragraphs) {
  const found = new Set(paragraphs.join("\n").match(/\[[\w.]+\](?= )/g));
  return wanted.filter((mark) => !found.has(mark));
}
