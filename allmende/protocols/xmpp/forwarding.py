"""A stanza inside another one, with its bytes as they are. XEP-0297."""

from datetime import datetime
from typing import Final

from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp.delay import delay
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza

FORWARD: Final = "urn:xmpp:forward:0"


def content_of(stanza: Stanza) -> bytes:
    """Return a stanza as it stands anywhere: it says its own namespace."""
    if stanza.namespace != CLIENT:
        stanza = Stanza(stanza.kind, CLIENT, stanza.attributes, stanza.inner, stanza.children)
    return stanza.bytes_for(CLIENT)


def forwarded(content: bytes, sent_at: datetime | None = None) -> bytes:
    """Return <forwarded/> with ``content`` (of `content_of`) in it."""
    stamp = b"" if sent_at is None else write(delay(sent_at))
    return b"<forwarded xmlns='%s'>%s%s</forwarded>" % (FORWARD.encode(), stamp, content)
