"""What a handler of messages has at hand."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allmende.protocols.mumble.messages import Message, Version
from allmende.systems.voice.service import VoiceService
from allmende.systems.voice.service.legs import Leg
from allmende.systems.voice.service.needs import VoiceSettings, Words
from allmende.systems.voice.wire.line import Line


@dataclass(slots=True)
class Talk:
    """One client that is signed in."""

    leg: Leg
    line: Line
    voice: VoiceService
    words: Words
    settings: VoiceSettings
    version: Version | None = None

    @property
    def session(self) -> int:
        """The number of this client."""
        return self.leg.session


Handler = Callable[[Talk, Any], Awaitable[None]]
Handlers = Mapping[type[Message], Handler]
