// Options and answers of WebAuthn between JSON and the bytes that browsers want (Level 3, 5.1.8
// and 5.1.9; browsers before 2024 lack the functions for it).

type Json = Record<string, unknown>;

interface Described {
  id: string;
  type: PublicKeyCredentialType;
}

export interface Options {
  json: string;
  ticket: string;
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

export function textOf(bytes: ArrayBuffer): string {
  let binary = "";
  for (const byte of new Uint8Array(bytes)) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

function described(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as Described[]).map(({ id, type }) => ({ id: bytesOf(id), type }));
}

export function creation(json: string): PublicKeyCredentialCreationOptions {
  const given = JSON.parse(json) as Json;
  const user = given["user"] as Json;
  return {
    ...(given as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytesOf(String(given["challenge"])),
    user: { ...(user as unknown as PublicKeyCredentialUserEntity), id: bytesOf(String(user["id"])) },
    excludeCredentials: described(given["excludeCredentials"]),
  };
}

export function request(json: string): PublicKeyCredentialRequestOptions {
  const given = JSON.parse(json) as Json;
  return {
    ...(given as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytesOf(String(given["challenge"])),
    allowCredentials: described(given["allowCredentials"]),
  };
}

/** Returns what the server reads; attestation says nothing about the device, as we ask for none. */
export function answer(credential: PublicKeyCredential): string {
  const { response } = credential;
  const shown: Json = { clientDataJSON: textOf(response.clientDataJSON) };
  if (response instanceof AuthenticatorAttestationResponse) {
    shown["attestationObject"] = textOf(response.attestationObject);
  } else if (response instanceof AuthenticatorAssertionResponse) {
    shown["authenticatorData"] = textOf(response.authenticatorData);
    shown["signature"] = textOf(response.signature);
    if (response.userHandle) shown["userHandle"] = textOf(response.userHandle);
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: textOf(credential.rawId), type, response: shown });
}
