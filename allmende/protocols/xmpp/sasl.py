"""SASL in a stream. RFC 6120, 6; the types of channel binding: XEP-0440."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.names import SASL

CHANNEL_BINDING: Final = "urn:xmpp:sasl-cb:0"
MAX_RESPONSE_CHARS: Final = 8192
_EMPTY: Final = "="
"""An initial response that is there and has no bytes (RFC 6120, 6.4.2)."""


class SaslMalformed(ValueError):
    """The data of a client is not what the mechanism or its encoding allows."""


def mechanisms(names: Sequence[str]) -> Element:
    """Return the feature that offers ``names``, the best one first."""
    return element(SASL, "mechanisms", *(element(SASL, "mechanism", name) for name in names))


def channel_bindings(types: Sequence[str]) -> Element:
    """Return the feature that tells which types of channel binding can be used."""
    content = [element(CHANNEL_BINDING, "channel-binding", type_=name) for name in types]
    return element(CHANNEL_BINDING, "sasl-channel-binding", *content)


def read_data(found: Element) -> bytes | None:
    """Return what <auth/> or <response/> carries; None: nothing at all. Raises SaslMalformed."""
    text = "".join(found.text.split())
    if not text:
        return None
    if text == _EMPTY:
        return b""
    if len(text) > MAX_RESPONSE_CHARS:
        raise SaslMalformed("too long")
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise SaslMalformed("not base64") from problem


def challenge(data: bytes) -> Element:
    """Return <challenge/>."""
    return element(SASL, "challenge", *_written(data))


def success(data: bytes = b"") -> Element:
    """Return <success/>, with the last data of the mechanism."""
    return element(SASL, "success", *_written(data))


def failure(condition: str, text: str = "") -> Element:
    """Return <failure/>; ``condition``: RFC 6120, 6.5."""
    content = [element(SASL, condition)]
    if text:
        content.append(element(SASL, "text", text))
    return element(SASL, "failure", *content)


def read_plain(data: bytes) -> tuple[str, str, str]:
    """Return authzid, name and password of PLAIN (RFC 4616, 2). Raises SaslMalformed."""
    parts = data.split(b"\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise SaslMalformed("not three parts")
    try:
        authzid, name, password = (part.decode() for part in parts)
    except UnicodeDecodeError as problem:
        raise SaslMalformed("not UTF-8") from problem
    return authzid, name, password


def _written(data: bytes) -> Sequence[str]:
    return (b64encode(data).decode("ascii"),) if data else ()
