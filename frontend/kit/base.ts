// On every page: the small things that make a page pleasanter and that it also works without.
import { AllmendeCopy } from "./copy";
import { openers } from "./dialogs";
import { AllmendeProof } from "./proof-field";
import { localTimes } from "./times";

customElements.define("allmende-copy", AllmendeCopy);
customElements.define("allmende-proof", AllmendeProof);
openers(document);
localTimes(document);
