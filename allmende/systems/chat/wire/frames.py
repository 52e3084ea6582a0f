"""A stream in frames: each is one whole element. RFC 7395."""

from collections.abc import Mapping, Sequence
from typing import Final

from allmende.protocols.xml.tree import Element, quoted, write
from allmende.protocols.xmpp.names import CLIENT, FRAMING, STREAM
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed, Event, Failed, Opened, Stream

SUBPROTOCOL: Final = "xmpp"
_HEADER: Final = f"<stream:stream xmlns={quoted(CLIENT)} xmlns:stream={quoted(STREAM)}>".encode()
_CLOSE: Final = f"<close xmlns={quoted(FRAMING)}/>".encode()
_OPEN_NAME: Final = f"{FRAMING} open"
_CLOSE_NAME: Final = f"{FRAMING} close"
_PREFIXES: Final = {STREAM: "stream"}


class FrameFraming:
    """A stream over a WebSocket; what is written and received are frames."""

    namespace: str | None = CLIENT

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._ended = False

    def limit(self, size_bytes: int) -> None:
        """Let no element be larger from now on."""
        self._limit = size_bytes

    def receive(self, data: bytes) -> Sequence[Event]:
        """Return what one frame says."""
        if self._ended:
            return ()
        stream = Stream(len(_HEADER))
        stream.receive(_HEADER)
        stream.limit_bytes = self._limit
        events = stream.receive(data)
        event = events[0] if len(events) == 1 else None
        if not isinstance(event, Failed) and not (isinstance(event, Stanza) and stream.restart()):
            event = Failed("bad-format")  # no element, or two, or half of one
        said = _meaning(event)
        self._ended = isinstance(said, Closed | Failed)
        return (said,)

    def restart(self) -> bool:
        """Expect a header again; between frames nothing can be left over."""
        return True

    def header(self, attributes: Mapping[str, str]) -> bytes:
        """Return the frame that opens our direction."""
        return write(Element(_OPEN_NAME, {"version": "1.0", **attributes}))

    def write(self, root: Element) -> bytes:
        """Return an element of ours; its prefix is declared on it."""
        written = write(root, "", _PREFIXES)
        if root.namespace != STREAM:
            return written
        head = b"<stream:" + root.local.encode()
        return head + f" xmlns:stream={quoted(STREAM)}".encode() + written[len(head) :]

    def footer(self) -> bytes:
        """Return the frame that closes our direction."""
        return _CLOSE


def _meaning(event: Stanza | Failed) -> Event:
    if isinstance(event, Stanza) and event.namespace == FRAMING:
        if event.name == _OPEN_NAME:
            return Opened({**event.attributes}, CLIENT)
        return Closed() if event.name == _CLOSE_NAME else Failed("bad-format")
    return event
