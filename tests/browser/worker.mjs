// The process that carries media dies under a call: node worker.mjs '{url, worker: PID}'.
import assert from "node:assert/strict";
import { openBrowser, Person, step, story } from "./people.mjs";
import { hears, sees, watched } from "./stats.mjs";

const { url, worker } = JSON.parse(process.argv[2]);
const BACK_WITHIN_S = 10;
let browser;

await story("worker", () => [browser], async () => {
  browser = await openBrowser();
  const mara = await Person.come(browser, "Mara");
  const juno = await Person.come(browser, "Juno");
  const people = [mara, juno];
  await step("two people talk", async () => {
    const links = await mara.startsPlenum(url);
    await mara.enters(links.facilitators);
    await juno.knocks(links.guests);
    await mara.admits("Juno");
    await juno.isInside();
    await juno.control("meet.hand-raise").click();
    await mara.waitsForHands("Juno");
    for (const one of people) {
      await one.turnsCameraOn();
      await hears(one.page, 1);
    }
  });
  await step("the worker is killed, everybody is back by themselves", async () => {
    // Only what comes by a new connection counts; the old one still plays what it has.
    const before = await Promise.all(
      people.map(async (one) => (await watched(one.page)).streams.map((it) => ({ ...it, packets: Infinity }))),
    );
    process.kill(worker, "SIGKILL");
    const killedAt = Date.now();
    const back = await Promise.all(
      people.map((one, n) =>
        one.page.evaluate(([streams]) => globalThis.soundsAgain(streams, 1, 60_000), [before[n]]),
      ),
    );
    const seconds = back.map((at) => (at ? (at - killedAt) / 1000 : Infinity));
    process.stdout.write(`FIGURE back after the worker died: ${seconds.map((one) => one.toFixed(1)).join(", ")} s\n`);
    assert.ok(Math.max(...seconds) <= BACK_WITHIN_S, `${seconds} s`);
  });
  await step("pictures and hands are as before", async () => {
    for (const one of people) await sees(one.page, 1);
    await mara.waitsForHands("Juno");
  });
});
