/** Which addresses a link may have: http, https and mailto, nothing else. */

const MAX_CHARS = 2000;
const ALLOWED = /^(https?:\/\/[^/?#]|mailto:[^?])/i;
const AROUND = /^[\u0000-\u0020\u00a0]+|[\u0000-\u0020\u00a0]+$/g;
const UNSEEN = /[\t\n\r]/g;
const UNSAFE =
  /[\u0000-\u0020\u007f-\u00a0"<>\\^`{|}\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/g;

/** The address with what is unsafe encoded, or null where it may not be a link. */
export function cleanHref(address: string): string | null {
  if (address.length > 2 * MAX_CHARS) return null;
  const shown = address.replace(AROUND, "").replace(UNSEEN, "");
  if (!ALLOWED.test(shown)) return null;
  const colon = shown.indexOf(":");
  const clean = `${shown.slice(0, colon).toLowerCase()}:${shown.slice(colon + 1).replace(UNSAFE, encodeURIComponent)}`;
  return clean.length <= MAX_CHARS ? clean : null;
}

/** What a person types as an address: the beginning may be missing. */
export function hrefOf(typed: string): string | null {
  const words = typed.trim();
  if (!words) return null;
  if (/^[a-z][a-z0-9+.-]*:/i.test(words) && !/^[^/@]+:\d/.test(words)) return cleanHref(words);
  if (/^[^\s/@]+@[^\s/@]+\.[^\s/@]+$/.test(words)) return cleanHref(`mailto:${words}`);
  return cleanHref(`https://${words.replace(/^\/+/, "")}`);
}
