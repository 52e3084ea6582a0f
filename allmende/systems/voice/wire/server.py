"""Serves every client that comes, and counts what is dropped. No address, no name."""

from collections import Counter

from allmende.core.clock import Clock
from allmende.systems.voice.service import VoiceService
from allmende.systems.voice.service.needs import VoiceSettings, Words
from allmende.systems.voice.wire.connection import Connection
from allmende.systems.voice.wire.line import Stream


class Server:
    """``serve`` is given to a listener; ``counts``: what was dropped, by why."""

    def __init__(
        self, voice: VoiceService, words: Words, settings: VoiceSettings, clock: Clock
    ) -> None:
        self._voice = voice
        self._words = words
        self._settings = settings
        self._clock = clock
        self.counts: Counter[str] = Counter()

    async def serve(self, stream: Stream) -> None:
        """Serve one client until it is gone."""
        connection = Connection(
            stream, self._voice, self._words, self._settings, self._clock, self.counts
        )
        await connection.serve()
