/** `<allmende-pad src texts icons [kind] [compact]>`: a live pad. What is inside stands until it is there.
 *
 * Everything heavy comes when the element is shown for the first time. It tells `pad:status`
 * {state}, `pad:people` {n} and `pad:open` to whoever is around it.
 */

import { Texts } from "../kit/texts";
import type { PadView } from "../editor/view";

export class AllmendePad extends HTMLElement {
  private view: PadView | null = null;
  private seen: IntersectionObserver | null = null;
  private begun = false;

  connectedCallback(): void {
    if (this.begun || this.seen) return;
    if (this.getClientRects().length) return void this.begin();
    this.seen = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void this.begin();
    });
    this.seen.observe(this);
  }

  /** Moved to another place on the page it stays; taken away it ends. */
  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.seen?.disconnect();
      this.seen = null;
      this.view?.stop();
      this.view = null;
      this.begun = false;
    });
  }

  private async begin(): Promise<void> {
    if (this.begun) return;
    this.begun = true;
    this.seen?.disconnect();
    this.seen = null;
    this.dispatchEvent(new CustomEvent("pad:status", { bubbles: true, detail: { state: "loading" } }));
    // The largest part comes while the server is asked what there is.
    void (this.getAttribute("kind") === "text" ? import("../editor/code") : import("../editor/rich"));
    const [{ PadView }, texts] = await Promise.all([import("../editor/view"), Texts.load(this.getAttribute("texts") ?? "")]);
    if (!this.isConnected || !this.begun) return;
    this.view = new PadView(this, {
      base: this.getAttribute("src") ?? "",
      texts,
      icons: this.getAttribute("icons") ?? "",
      compact: this.hasAttribute("compact"),
    });
    this.view.start();
  }
}

customElements.define("allmende-pad", AllmendePad);
