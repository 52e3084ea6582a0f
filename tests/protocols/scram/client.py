"""The other side: a client of SCRAM as a stranger would write it from the RFC."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass


@dataclass
class Client:
    """``header`` is that of GS2; ``channel`` the data of a channel binding."""

    name: str
    password: str
    digest: str = "sha256"
    nonce: str = "rOprNGfwEbeRWgbNEkqO"
    header: str = "n,,"
    channel: bytes = b""

    @property
    def bare(self) -> str:
        name = self.name.replace("=", "=3D").replace(",", "=2C")
        return f"n={name},r={self.nonce}"

    def first(self) -> bytes:
        return (self.header + self.bare).encode()

    def final(self, challenge: bytes) -> bytes:
        said = dict(part.split("=", 1) for part in challenge.decode().split(","))
        salt, rounds = b64decode(said["s"]), int(said["i"])
        salted = hashlib.pbkdf2_hmac(self.digest, self.password.encode(), salt, rounds)
        key = hmac.digest(salted, b"Client Key", self.digest)
        stored = hashlib.new(self.digest, key).digest()
        channel = b64encode(self.header.encode() + self.channel).decode()
        without = f"c={channel},r={said['r']}"
        message = ",".join((self.bare, challenge.decode(), without)).encode()
        signature = hmac.digest(stored, message, self.digest)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        server_key = hmac.digest(salted, b"Server Key", self.digest)
        self.expected = b"v=" + b64encode(hmac.digest(server_key, message, self.digest))
        return f"{without},p={b64encode(proof).decode()}".encode()
