// Pages of one's own account. All but passkeys works without.
import { AllmendeFromFragment } from "./fragment";
import { AllmendePasskey } from "./passkey";
import { AllmendePrint } from "./print";

customElements.define("allmende-passkey", AllmendePasskey);
customElements.define("allmende-print", AllmendePrint);
customElements.define("allmende-from-fragment", AllmendeFromFragment);
