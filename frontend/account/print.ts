// <allmende-print><button hidden>Print</button></allmende-print>: without scripts people use the
// menu of their browser.

export class AllmendePrint extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector("button");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
