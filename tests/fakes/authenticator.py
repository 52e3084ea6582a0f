"""A key that makes and proves passkeys like a real one, without a browser (WebAuthn Level 3)."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey. ``counts``: it counts its signatures; ``verifies``: it asks for a finger."""

    origin: str = "http://localhost"
    counts: bool = True
    verifies: bool = True
    uses: int = 0
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def make(self, options: str, **wrong: Any) -> str:
        """Answer ``navigator.credentials.create``; ``wrong`` replaces what a page is told."""
        asked = json.loads(options)
        self.handle = _bytes(asked["user"]["id"])
        rp_id = wrong.get("rp_id", asked["rp"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = bytes(16) + struct.pack("!H", len(self.credential)) + self.credential + public
        data = self._data(rp_id, WITH_KEY) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], wrong)
        return self._answer(clientDataJSON=_text(client), attestationObject=_text(attestation))

    def prove(self, options: str, **wrong: Any) -> str:
        """Answer ``navigator.credentials.get``."""
        asked = json.loads(options)
        client = self._client("webauthn.get", asked["challenge"], wrong)
        data = self._data(wrong.get("rp_id", asked["rpId"]), 0)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=_text(client),
            authenticatorData=_text(data),
            signature=_text(self.key.sign(signed, ec.ECDSA(SHA256()))),
            userHandle=_text(wrong.get("handle", self.handle)),
        )

    def _client(self, kind: str, challenge: str, wrong: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**told, **{k: v for k, v in wrong.items() if k in told}}).encode()

    def _data(self, rp_id: str, more: int) -> bytes:
        self.uses += 1 if self.counts else 0
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack("!BI", flags, self.uses)

    def _answer(self, **response: str) -> str:
        known = _text(self.credential)
        return json.dumps({"id": known, "rawId": known, "type": "public-key", "response": response})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
