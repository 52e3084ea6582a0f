// <allmende-from-fragment><input></allmende-from-fragment>: the QR code of a recovery kit opens
// /recover#CODE. The part after # is never sent to anybody; it goes into the field and out of the
// address.

export class AllmendeFromFragment extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector("input");
    const code = decoded(location.hash.slice(1));
    if (!input || !/^[0-9A-Za-z-]{26,40}$/.test(code)) return;
    input.value = code;
    history.replaceState(null, "", location.pathname + location.search);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
