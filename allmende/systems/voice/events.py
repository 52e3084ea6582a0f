"""What happened. Who speaks or listens where is a signal that passes, never a fact."""

from dataclasses import dataclass
from typing import Final

from allmende.core.events import Fact
from allmende.core.ids import RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomVoiceChanged(Fact):
    """Somebody set what the voice of a room may be used for."""

    room_id: RoomId


FACTS: Final = (RoomVoiceChanged,)
