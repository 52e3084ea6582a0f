// <allmende-ring data-key data-worker>: asks the browser to be rung, and tells the server where.

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Returns the registration when its worker runs: before that a browser subscribes to nothing. */
async function running(path: string): Promise<ServiceWorkerRegistration> {
  const registration = await navigator.serviceWorker.register(path);
  const coming = registration.installing ?? registration.waiting;
  if (registration.active || !coming) return registration;
  await new Promise<void>((done) => {
    coming.addEventListener("statechange", () => {
      if (coming.state === "activated" || coming.state === "redundant") done();
    });
  });
  return registration;
}

class AllmendeRing extends HTMLElement {
  connectedCallback(): void {
    const fields = this.querySelector("div");
    const button = this.querySelector("button");
    if (!fields || !button) return;
    fields.hidden = false;
    if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) {
      button.disabled = true;
      this.say("impossible");
      return;
    }
    button.addEventListener("click", () => void this.begin(button));
  }

  private async begin(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    this.say("");
    try {
      if ((await Notification.requestPermission()) !== "granted") this.say("refused");
      else if (await this.subscribe()) return location.reload();
      else this.say("impossible");
    } catch {
      this.say("impossible");
    }
    button.disabled = false;
  }

  /** Returns whether the server knows this device now. */
  private async subscribe(): Promise<boolean> {
    const registration = await running(this.dataset["worker"] ?? "");
    const subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(this.dataset["key"] ?? ""),
    });
    const { endpoint, keys } = subscription.toJSON();
    const body = {
      endpoint,
      p256dh: keys?.["p256dh"],
      auth: keys?.["auth"],
      shows_text: this.querySelector<HTMLInputElement>('input[name="shows_text"]')?.checked ?? false,
    };
    const answer = await fetch("/api/v1/me/device", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) await subscription.unsubscribe();
    return answer.ok;
  }

  private say(what: "refused" | "impossible" | ""): void {
    const status = this.querySelector('[role="status"]');
    if (status) status.textContent = what ? (this.dataset[what] ?? "") : "";
  }
}

customElements.define("allmende-ring", AllmendeRing);
