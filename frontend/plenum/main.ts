/** The screen of an assembly as an element around the call. */

import { AllmendePlenum } from "./screen";

customElements.define("allmende-plenum", AllmendePlenum);
