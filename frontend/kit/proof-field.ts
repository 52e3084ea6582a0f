// <allmende-proof data-worker="…" data-challenge="…"> inside a form. It begins to compute when the
// form is first touched, so that the answer is mostly there when the form is sent.

interface Challenge {
  algorithm: string;
  challenge: string;
  salt: string;
  signature: string;
}

export class AllmendeProof extends HTMLElement {
  private solving: Promise<string> | null = null;
  private startedAt = 0;

  connectedCallback(): void {
    const form = this.closest("form");
    form?.addEventListener("focusin", () => void this.answer().catch(() => undefined), { once: true });
    form?.addEventListener("submit", (event) => this.hold(event, form));
  }

  private hold(event: SubmitEvent, form: HTMLFormElement): void {
    const input = this.querySelector("input");
    if (!input || this.fresh(input)) return;
    event.preventDefault();
    this.say(this.dataset["working"]);
    const submitter = event.submitter instanceof HTMLElement ? event.submitter : null;
    this.answer().then(
      (payload) => {
        input.value = payload;
        this.say("");
        // Where the answer was there already, the form is still telling its listeners of this try,
        // and would ignore another one.
        setTimeout(() => form.requestSubmit(submitter));
      },
      () => {
        this.solving = null;
        this.say(this.dataset["failed"]);
      },
    );
  }

  /** An answer is valid for five minutes; a page may be open for longer. */
  private fresh(input: HTMLInputElement): boolean {
    if (input.value && Date.now() - this.startedAt < 240_000) return true;
    if (Date.now() - this.startedAt >= 240_000) this.solving = null;
    input.value = "";
    return false;
  }

  private answer(): Promise<string> {
    if (!this.solving) {
      this.startedAt = Date.now();
      this.solving = this.solve();
    }
    return this.solving;
  }

  private async solve(): Promise<string> {
    const response = await fetch(this.dataset["challenge"] ?? "");
    if (!response.ok) throw new Error("no challenge");
    const { algorithm, challenge, salt, signature, ...rest } = (await response.json()) as Challenge;
    const worker = new Worker(this.dataset["worker"] ?? "");
    try {
      const number = await new Promise<number>((resolve, reject) => {
        worker.onmessage = (event: MessageEvent<number>) => resolve(event.data);
        worker.onerror = () => reject(new Error("the worker failed"));
        worker.postMessage({ algorithm, challenge, salt, signature, ...rest });
      });
      if (number < 0) throw new Error("no answer");
      return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    } finally {
      worker.terminate();
    }
  }

  private say(text: string | undefined): void {
    const said = this.querySelector('[role="status"]');
    if (said) said.textContent = text ?? "";
  }
}
