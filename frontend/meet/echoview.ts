/** The window of the echo test: speak, hear yourself a second later, or read what is wrong. */

import { el, openDialog, say } from "./dom";
import type { EchoTest } from "./echo";
import { settings } from "./settings";
import { t } from "./texts";

export function openEcho(): void {
  const status = el("p", { class: "meet-echo-status", role: "status" }, t("meet.echo-starts"));
  const meter = el("meter", { min: "0", max: "1", value: "0", class: "meet-meter" });
  meter.setAttribute("aria-label", t("meet.level"));
  const list = el("ul", { class: "meet-echo-faults" });
  const dialog = openDialog(t("meet.echo-test"), t("meet.close"), status, meter, list);
  let test: EchoTest | undefined;
  let closed = false;
  dialog.addEventListener("close", () => {
    closed = true;
    void test?.close();
  });
  void run();

  async function run(): Promise<void> {
    const { EchoTest: Test } = await import("./echo");
    if (closed) return;
    test = new Test();
    say(status, t("meet.echo-speak"));
    const result = await test.run(settings().microphone, (level) => (meter.value = level));
    if (closed) return;
    say(status, t(result.heard ? "meet.echo-heard" : "meet.echo-not-heard"));
    for (const fault of result.faults) list.append(el("li", {}, t(`meet.echo-${fault}`)));
  }
}
