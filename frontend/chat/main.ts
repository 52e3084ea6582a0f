/** The chat of a room as an element. */

import { AllmendeChat } from "./panel";

customElements.define("allmende-chat", AllmendeChat);
