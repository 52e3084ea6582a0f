/** One document as this person has it: its text, the carets in it, and what of it is saved. */

import { Awareness, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { type Block, type Kind } from "./pieces";
import { Saving, type Timers } from "./saving";
import { unsavedBlocks } from "./vanished";

export class Copy {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly saving: Saving;

  constructor(
    readonly guid: string,
    readonly kind: Kind,
    readonly author: string,
    changed: () => void,
    timers: Timers,
  ) {
    this.doc = new Y.Doc({ guid });
    if (kind === "text") this.doc.getText("body");
    else this.doc.getXmlFragment("body");
    this.awareness = new Awareness(this.doc);
    this.awareness.setLocalState(null);
    this.saving = new Saving(this.doc, changed, timers);
  }

  /** Every session writes under a number of its own. */
  writeAs(client: number): void {
    const cursor: unknown = this.awareness.getLocalState()?.["cursor"] ?? null;
    removeAwarenessStates(this.awareness, [...this.awareness.getStates().keys()], "left");
    this.doc.clientID = client;
    this.awareness.clientID = client;
    this.awareness.setLocalState(cursor === null ? null : { cursor });
    this.saving.writesAs(client);
  }

  /** Others are not seen while there is no connection. */
  forgetOthers(): void {
    const others = [...this.awareness.getStates().keys()].filter((id) => id !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, "left");
    this.saving.lost();
  }

  /** What the server may not have. */
  unsaved(): Block[] {
    return unsavedBlocks(this.doc, this.kind, this.saving.isUnsaved);
  }

  destroy(): void {
    this.saving.lost();
    this.awareness.destroy();
    this.doc.destroy();
  }
}
