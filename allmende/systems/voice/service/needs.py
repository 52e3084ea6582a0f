"""What voice stands on: the house below it, the ports beside it, and the wire above it."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ports.audio import AudioLegs
from allmende.core.ports.calls import Calls
from allmende.core.ports.room_chat import RoomChat
from allmende.identity.service import IdentityService
from allmende.identity.service.credentials import Credentials
from allmende.storage.database import Database


class Outlet(Protocol):
    """The control connection of a leg. Nothing here waits."""

    def send(self, frames: bytes) -> None:
        """Send whole frames of control messages."""
        ...

    def send_voice(self, frame: bytes) -> None:
        """Send a voice packet, unless too much waits to be sent."""
        ...

    def end(self) -> None:
        """Close once what was sent is out."""
        ...


class Ways(Protocol):
    """The ways in of identity that are for Mumble clients: IdentityService."""

    async def certificate_of(self, hashed: str) -> Caller | None:
        """Return who comes with a certificate, by its SHA-256 in hex."""
        ...

    async def bind_certificate(self, who: Caller, der: bytes, label: str = "") -> object:
        """Bind a certificate to the account of ``who``. Raises UserError."""
        ...

    async def pair_certificate(self, typed: str, der: bytes, label: str = "") -> Caller:
        """Bind a certificate to the account whose code was typed. Raises UserError."""
        ...

    async def guest_by_token(self, typed: str, name: str, certificate: str = "") -> Caller:
        """Return a guest of the room that a token, its six words or an address lead to.

        Raises NotFound, NotAllowed, InvalidInput ``name``.
        """
        ...


class Pictures(Protocol):
    """Makes pictures anew: `transports.pictures.Pictures`."""

    async def again(self, data: bytes) -> bytes:
        """Return a PNG or JPEG as one of ours. Raises InvalidInput, Unavailable."""
        ...


class Words(Protocol):
    """Texts in the language of this server."""

    def text(self, message_id: str, **values: object) -> str:
        """Return the text of ``message_id``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """What the configuration says. ``title`` names the home channel, ``address`` makes pages.

    ``zone`` is that of times in texts; ``release``: our version, as people see it.
    """

    title: str
    url: str
    zone: tzinfo
    release: str
    max_participants: int = 300
    max_bandwidth_bps: int = 72_000

    def page(self, path: str) -> str:
        """Return the whole address of a page."""
        return self.url + path


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything that the service uses of the rest of the house. ``key``: 32 bytes of its own."""

    database: Database
    bus: Bus
    clock: Clock
    identity: IdentityService
    ways: Ways
    credentials: Credentials
    calls: Calls
    audio: AudioLegs
    chat: RoomChat | None
    words: Words
    pictures: Pictures
    settings: VoiceSettings
    key: bytes


class Broadcast(Protocol):
    """Shows everybody what changed, soon and all at once."""

    def touch(self) -> None:
        """Something that people see is different now."""
        ...
