// From an invite into the chat of the group by keys alone (U2), then a program of one's own: curl.
// node arrival.mjs '{"url", "invite", "room": its name, "language"}'
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { key, reach, tabTo } from "./keys.mjs";
import { openBrowser, Person, step, story } from "./people.mjs";
import { until } from "./stats.mjs";

const { url, invite, room, language } = JSON.parse(process.argv[2]);
const MOST_MS = 45_000;
const MOST_FIELDS = 2;
const DEAD_WITHIN_MS = 5_000;
let browser;

/** What curl is told by the server. */
function curl(name, secret) {
  const command = ["--silent", "--output", "-", "--write-out", "\n%{http_code}", "--user", `${name}:${secret}`];
  const said = execFileSync("curl", [...command, `${url}/api/v1/me`], { encoding: "utf8" });
  const [, body, status] = /^([\s\S]*)\n(\d+)$/.exec(said);
  return { body, status: Number(status) };
}

async function arrives(kim) {
  await kim.page.goto(invite);
  const fields = await kim.page.locator("form .field .input:visible").count();
  assert.ok(fields <= MOST_FIELDS, `${fields} fields`);
  await tabTo(kim, "desk.account-name");
  await kim.page.keyboard.type("kim");
  await tabTo(kim, "desk.make-account");
  await key(kim, "Enter");
  await kim.page.locator(".kit-code").first().waitFor();
  await tabTo(kim, "desk.kit-kept");
  await key(kim, "Enter");
  await kim.page.locator("#rooms").waitFor();
  await reach(kim, kim.t("desk.chat-in", { name: room }));
  await key(kim, "Enter");
  await kim.field("chat.message").waitFor();
  await tabTo(kim, "chat.message");
  await kim.page.keyboard.type("hallo");
  await key(kim, "Enter");
  await kim.line("hallo").waitFor();
}

await story("arrival", () => [browser], async () => {
  browser = await openBrowser();
  const kim = await Person.come(browser, "kim", { language });
  const began = Date.now();
  await step("by keys: invite, name, recovery kit, group, chat", () => arrives(kim));
  const took = Date.now() - began;
  process.stdout.write(`FIGURE ${language}: invite to the first line in the group's chat: ${MOST_FIELDS} fields, ${(took / 1000).toFixed(1)} s\n`);
  assert.ok(took <= MOST_MS, `${took} ms`);

  const secret = await step("by keys: an app password", async () => {
    await kim.page.goto(`${url}/me/keys`);
    await tabTo(kim, "desk.key-for-chat");
    await key(kim, "Enter");
    await kim.page.locator("#key-secret").waitFor();
    return kim.page.inputValue("#key-secret");
  });
  await step("curl is kim with it, until it is ended", async () => {
    const { body, status } = curl("kim", secret);
    assert.equal(status, 200);
    assert.equal(JSON.parse(body).name, "kim");
    await tabTo(kim, "desk.key-done");
    await key(kim, "Enter");
    await kim.page.locator("#keys form button").focus();
    await key(kim, "Enter");
    await until("it is dead", () => curl("kim", secret).status === 401, DEAD_WITHIN_MS);
  });
  kim.threwNothing();
});
