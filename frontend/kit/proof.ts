// The solver, in a Worker: finds the number with SHA-256(salt + number) = challenge.
// Many digests are under way at a time, because each is a small promise of WebCrypto.

interface Challenge {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
}

const AT_ONCE = 512;

export async function solve(challenge: Challenge, digest: (text: string) => Promise<string>): Promise<number> {
  for (let first = 0; first <= challenge.maxnumber; first += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, (_, step) => first + step);
    const digests = await Promise.all(numbers.map((number) => digest(challenge.salt + String(number))));
    const found = digests.indexOf(challenge.challenge);
    if (found >= 0) return first + found;
  }
  return -1;
}

export async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

globalThis.onmessage = async (event: MessageEvent<Challenge>): Promise<void> => {
  globalThis.postMessage(await solve(event.data, sha256));
};
