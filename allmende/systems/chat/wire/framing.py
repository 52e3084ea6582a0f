"""How a stream is framed: by one long document over TCP (RFC 6120), by frames (RFC 7395)."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from allmende.protocols.xml.tree import LANG, Element, quoted, write
from allmende.protocols.xmpp import dialback
from allmende.protocols.xmpp.names import CLIENT, SERVER, STREAM
from allmende.protocols.xmpp.stream import Event, Stream

_FOOTER: Final = b"</stream:stream>"
_PREFIXES: Final = {STREAM: "stream"}
_OF_SERVERS: Final = {STREAM: "stream", dialback.NAMESPACE: "db"}
"""ejabberd knows dialback by its prefix."""


class Framing(Protocol):
    """Both directions of one stream, without input and output."""

    @property
    def namespace(self) -> str | None:
        """What is declared on each stanza; None where the header declares it."""
        ...

    def limit(self, size_bytes: int) -> None:
        """Let no element be larger from now on."""
        ...

    def receive(self, data: bytes) -> Sequence[Event]:
        """Return what is complete now."""
        ...

    def restart(self) -> bool:
        """Expect a header again. False: something came before it was asked for."""
        ...

    def header(self, attributes: Mapping[str, str]) -> bytes:
        """Return the header of our direction."""
        ...

    def write(self, root: Element) -> bytes:
        """Return an element of ours: features, an error, a step of the negotiation."""
        ...

    def footer(self) -> bytes:
        """Return the end of our direction."""
        ...


class TcpFraming:
    """A stream over TCP whose content is of ``content`` (`names.CLIENT` or `names.SERVER`)."""

    namespace: str | None = None

    def __init__(self, limit_bytes: int, content: str = CLIENT) -> None:
        self._stream = Stream(limit_bytes)
        self._content = content
        self._prefixes = _OF_SERVERS if content == SERVER else _PREFIXES

    def limit(self, size_bytes: int) -> None:
        """Let no element be larger from now on."""
        self._stream.limit_bytes = size_bytes

    def receive(self, data: bytes) -> Sequence[Event]:
        """Return what is complete now."""
        return self._stream.receive(data)

    def restart(self) -> bool:
        """Expect a header again. False: something came before it was asked for."""
        return self._stream.restart()

    def header(self, attributes: Mapping[str, str]) -> bytes:
        """Return the header of our direction."""
        named = "".join(
            f" {'xml:lang' if name == LANG else name}={quoted(value)}"
            for name, value in attributes.items()
        )
        declared = "".join(
            f" xmlns:{prefix}={quoted(namespace)}" for namespace, prefix in self._prefixes.items()
        )
        return (
            f"<?xml version='1.0'?><stream:stream xmlns={quoted(self._content)}"
            f"{declared} version='1.0'{named}>"
        ).encode()

    def write(self, root: Element) -> bytes:
        """Return an element of ours: features, an error, a step of the negotiation."""
        return write(root, self._content, self._prefixes)

    def footer(self) -> bytes:
        """Return the end of our direction."""
        return _FOOTER
