// <allmende-passkey data-kind="get|create" data-options="/api/…"> in a form: asks the server for a
// challenge and the browser for an answer, fills in the hidden fields `passkey` and
// `passkey_ticket` and sends the form. data-name-field: which field of the form holds the name that
// a new passkey is for. What is said comes from data-waiting, -failed, -known, -impossible.
import { answer, creation, request, type Options } from "./credentials";

export class AllmendePasskey extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector("button");
    if (!button) return;
    if (!window.PublicKeyCredential || !window.isSecureContext) {
      this.say(this.dataset["impossible"]);
      return;
    }
    button.hidden = false;
    button.addEventListener("click", () => void this.press(button));
  }

  private async press(button: HTMLButtonElement): Promise<void> {
    const named = this.named();
    if (named && !named.reportValidity()) return;
    button.disabled = true;
    this.say(this.dataset["waiting"]);
    try {
      const options = await this.options(named?.value ?? "");
      const credential = await this.asked(options.json);
      this.fill("passkey", answer(credential));
      this.fill("passkey_ticket", options.ticket);
      this.say("");
      this.send();
    } catch (failure) {
      this.say(isKnown(failure) ? this.dataset["known"] : this.dataset["failed"]);
      button.disabled = false;
    }
  }

  /** Fields that stand for the other way, like a password, need not be filled. */
  private send(): void {
    const form = this.closest("form");
    if (!form) return;
    form.noValidate = true;
    form.requestSubmit();
  }

  private named(): HTMLInputElement | null {
    const field = this.dataset["nameField"];
    const found = field ? this.closest("form")?.elements.namedItem(field) : null;
    return found instanceof HTMLInputElement ? found : null;
  }

  private async options(name: string): Promise<Options> {
    const body = JSON.stringify(name ? { name } : {});
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(this.dataset["options"] ?? "", { method: "POST", body, headers });
    if (!response.ok) throw new Error("no challenge");
    return (await response.json()) as Options;
  }

  private async asked(json: string): Promise<PublicKeyCredential> {
    const found =
      this.dataset["kind"] === "create"
        ? await navigator.credentials.create({ publicKey: creation(json) })
        : await navigator.credentials.get({ publicKey: request(json) });
    if (!(found instanceof PublicKeyCredential)) throw new Error("no passkey");
    return found;
  }

  private fill(name: string, value: string): void {
    const input = this.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    if (input) input.value = value;
  }

  private say(text: string | undefined): void {
    const said = this.querySelector('[role="status"]');
    if (said) said.textContent = text ?? "";
  }
}

/** The authenticator has a passkey of this account already. */
function isKnown(failure: unknown): boolean {
  return failure instanceof DOMException && failure.name === "InvalidStateError";
}
