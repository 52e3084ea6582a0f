"""One open editor: who came in by what, and the ticket that lets it connect."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput
from allmende.systems.pads.model.pad import Pad, PadLinkId, PadSessionId

TICKET_LIFE_S: Final = 30.0
MAX_CLIENT: Final = 2**53 - 1
"""Yjs picks 32 bits; JavaScript holds 53 exactly."""


@dataclass(frozen=True, slots=True)
class Origin:
    """By what somebody came in; asked again when rights change. ``link_id`` None: no link."""

    who: Caller
    link_id: PadLinkId | None


@dataclass(frozen=True, slots=True)
class PadTicket:
    """What an editor connects with: once, within 30 s. ``guid`` names document and generation."""

    token: str
    session_id: PadSessionId
    guid: str


def guid_of(pad: Pad) -> str:
    """Return the name of a document in one generation; tells nobody id or address of the pad."""
    named = f"{pad.id}/{pad.place}/{pad.generation}"
    return b32encode(hashlib.sha256(named.encode()).digest()[:15]).decode().lower()


def clean_client(client_id: int) -> int:
    """Return a Yjs clientID. Raises InvalidInput ``pads.client-refused``."""
    if not 0 < client_id <= MAX_CLIENT:
        raise InvalidInput("pads.client-refused", field="client")
    return client_id
