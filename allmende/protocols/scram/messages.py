"""The four messages as text (RFC 5802, 5.1 and 7)."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from allmende.protocols.scram.errors import Refusal, ScramRefused
from allmende.protocols.scram.saslprep import prepared

MAX_MESSAGE_BYTES: Final = 4096

_FLAG: Final = re.compile(r"n|y|p=[A-Za-z0-9.-]+")
_PRINTABLE: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]+")
_SASLNAME: Final = re.compile(r"(?:[^=,\x00]|=2C|=3D)*")
_ATTRIBUTE: Final = re.compile(r"[A-Za-z]=[^\x00,]+")


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """Who comes. ``binding``: the type of the channel binding, if the flag is ``p``.

    ``header`` and ``bare`` are the two halves of the message, as they came. ``name`` may be empty:
    COMPAT libpq, which says it outside of SCRAM (tests/interop/clients/test_scram.py).
    """

    flag: str
    binding: str
    authzid: str
    name: str
    nonce: str
    header: bytes
    bare: bytes


@dataclass(frozen=True, slots=True)
class ClientFinal:
    """The answer to a challenge. ``bare``: everything before the proof."""

    channel: bytes
    nonce: str
    proof: bytes
    bare: bytes


def read_client_first(data: bytes) -> ClientFirst:
    """Read the client-first-message. Raises ScramRefused."""
    text = _text(data)
    flag, _, rest = text.partition(",")
    authzid, comma, bare = rest.partition(",")
    if not comma or not _FLAG.fullmatch(flag) or (authzid and not authzid.startswith("a=")):
        raise ScramRefused(Refusal.INVALID_ENCODING, "no header of GS2")
    header = text[: len(text) - len(bare)]
    name, nonce, *more = _attributes(bare)
    if name.startswith("m="):  # RFC 5802, 5.1: mandatory extensions, of which there are none
        raise ScramRefused(Refusal.EXTENSIONS_NOT_SUPPORTED)
    _require_extensions(more)
    if not name.startswith("n="):
        raise ScramRefused(Refusal.INVALID_ENCODING, "no name")
    return ClientFirst(
        flag=flag[0],
        binding=flag[2:],
        authzid=_saslname(authzid.removeprefix("a=")),
        name=_saslname(name[2:]),
        nonce=_nonce(nonce),
        header=header.encode(),
        bare=bare.encode(),
    )


def read_client_final(data: bytes) -> ClientFinal:
    """Read the client-final-message. Raises ScramRefused."""
    text = _text(data)
    bare, _, proof = text.rpartition(",p=")
    channel, nonce, *more = _attributes(bare)
    if not channel.startswith("c="):
        raise ScramRefused(Refusal.INVALID_ENCODING, "no channel binding")
    _require_extensions(more)
    return ClientFinal(_binary(channel[2:]), _nonce(nonce), _binary(proof), bare.encode())


def write_server_first(nonce: str, salt: bytes, iterations: int) -> bytes:
    """Return the challenge; ``nonce`` is that of the client with ours behind it."""
    return f"r={nonce},s={b64encode(salt).decode('ascii')},i={iterations}".encode("ascii")


def write_server_final(signature: bytes) -> bytes:
    """Return what tells the client that we have the keys."""
    return b"v=" + b64encode(signature)


def is_nonce(text: str) -> bool:
    """Return whether ``text`` may stand as a nonce: printable ASCII without a comma."""
    return _PRINTABLE.fullmatch(text) is not None


def _text(data: bytes) -> str:
    if len(data) > MAX_MESSAGE_BYTES:
        raise ScramRefused(Refusal.INVALID_ENCODING, "too long")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ScramRefused(Refusal.INVALID_ENCODING, "not UTF-8") from None


def _attributes(text: str) -> list[str]:
    found = text.split(",")
    if len(found) < 2:
        raise ScramRefused(Refusal.INVALID_ENCODING, "attributes are missing")
    return found


def _require_extensions(more: list[str]) -> None:
    """Optional extensions are passed over (RFC 5802, 5.1)."""
    if not all(map(_ATTRIBUTE.fullmatch, more)):
        raise ScramRefused(Refusal.INVALID_ENCODING, "not an attribute")


def _saslname(text: str) -> str:
    if not _SASLNAME.fullmatch(text):
        raise ScramRefused(Refusal.INVALID_USERNAME_ENCODING, "not a saslname")
    return prepared(text.replace("=2C", ",").replace("=3D", "="))


def _nonce(attribute: str) -> str:
    nonce = attribute.removeprefix("r=")
    if nonce == attribute or not is_nonce(nonce):
        raise ScramRefused(Refusal.INVALID_ENCODING, "no nonce")
    return nonce


def _binary(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise ScramRefused(Refusal.INVALID_ENCODING, "not base64") from None
