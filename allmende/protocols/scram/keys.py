"""What a server keeps instead of a password, and how it judges a proof (RFC 5802, 3)."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from allmende.protocols.scram.saslprep import prepared

MIN_ITERATIONS: Final = 4096
"""RFC 7677, 4. Passwords of 130 random bits gain nothing from more."""


class Mechanism(StrEnum):
    """The names without ``-PLUS``; with it the same keys are used."""

    SHA_1 = "SCRAM-SHA-1"
    SHA_256 = "SCRAM-SHA-256"

    @property
    def digest(self) -> str:
        """The hash function as hashlib names it."""
        return {Mechanism.SHA_1: "sha1", Mechanism.SHA_256: "sha256"}[self]


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """Whoever steals these can pretend to be the server, and must guess the password."""

    mechanism: Mechanism
    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes


def keys_of(password: str, salt: bytes, iterations: int, mechanism: Mechanism) -> ScramKeys:
    """Derive the keys: ``iterations`` rounds of PBKDF2 (RFC 8018). Raises ScramRefused.

    4096 rounds take about 1 ms of CPU.
    """
    digest = mechanism.digest
    text = prepared(password).encode("utf-8", "surrogatepass")
    salted = hashlib.pbkdf2_hmac(digest, text, salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", digest)
    stored_key = hashlib.new(digest, client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", digest)
    return ScramKeys(mechanism, salt, iterations, stored_key, server_key)


def fits(keys: ScramKeys, auth_message: bytes, proof: bytes) -> bool:
    """Return whether ``proof`` was made with the password, in constant time."""
    digest = keys.mechanism.digest
    signature = hmac.digest(keys.stored_key, auth_message, digest)
    if len(proof) != len(signature):
        return False
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    return hmac.compare_digest(hashlib.new(digest, client_key).digest(), keys.stored_key)


def server_signature(keys: ScramKeys, auth_message: bytes) -> bytes:
    """Return by what the client knows that we have the keys."""
    return hmac.digest(keys.server_key, auth_message, keys.mechanism.digest)


def write_keys(keys: ScramKeys) -> str:
    """Return the keys as text: ``SCRAM-SHA-1$4096:salt$StoredKey:ServerKey`` (RFC 5803, 2)."""
    salt, stored, server = (
        b64encode(part).decode("ascii") for part in (keys.salt, keys.stored_key, keys.server_key)
    )
    return f"{keys.mechanism.value}${keys.iterations}:{salt}${stored}:{server}"


def read_keys(text: str) -> ScramKeys:
    """Return what ``write_keys`` wrote. ValueError for anything else."""
    scheme, info, value = text.split("$")
    iterations, salt = info.split(":")
    stored, server = value.split(":")
    parts = [b64decode(part, validate=True) for part in (salt, stored, server)]
    return ScramKeys(Mechanism(scheme), parts[0], int(iterations), parts[1], parts[2])
