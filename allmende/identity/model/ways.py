"""How a Mumble client gets into a room, as an address that opens it."""

from collections.abc import Sequence
from dataclasses import dataclass

from allmende.core.rooms import Room
from allmende.protocols.mumble.address import MumblePlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """As whom, with what, and below which channel.

    ``name`` empty: the client asks for one. ``code``: what lets in whoever has it; empty: the
    client asks for an app password, and ``group`` is where the room is found.
    """

    room: Room
    name: str = ""
    code: str = ""
    group: str = ""

    @property
    def path(self) -> Sequence[str]:
        """Channels down to the room; who comes by a code is brought there anyway."""
        return () if self.code else (self.group, self.room.name)


def mumble_address(place: MumblePlace | None, way: Way | None) -> str:
    """Return the address that opens a client on this way, '' if there is none."""
    if place is None or way is None:
        return ""
    return place.address(way.room.name, name=way.name, code=way.code, path=way.path)
