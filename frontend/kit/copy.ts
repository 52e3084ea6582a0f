// <allmende-copy data-done="Copied."><input readonly><button hidden>…</button><p role="status">
// Without scripts the button stays hidden and the text can be marked by hand.

export class AllmendeCopy extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector("input");
    const button = this.querySelector("button");
    if (!input || !button) return;
    button.hidden = false;
    button.addEventListener("click", () => void this.copy(input));
  }

  private async copy(input: HTMLInputElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(input.value);
      const said = this.querySelector<HTMLElement>('[role="status"]');
      if (said) said.textContent = this.dataset["done"] ?? "";
    } catch {
      // The browser refuses the clipboard: mark the text, so that the keys for copying do.
      input.focus();
      input.select();
    }
  }
}
