"""A client from its first byte to its last: login, then one message after the other."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Final

from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError
from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.framing import MAX_AFTER_LOGIN, Frame, FrameReader
from allmende.protocols.mumble.messages import (
    KINDS,
    UDP_TUNNEL,
    Authenticate,
    ContextAction,
    DenyType,
    Message,
    PermissionDenied,
    Ping,
    TextMessage,
    UnknownKind,
    Version,
    VoiceTarget,
    decode,
)
from allmende.systems.voice.service import VoiceService
from allmende.systems.voice.service.needs import VoiceSettings, Words
from allmende.systems.voice.wire import (
    asking,
    channels,
    login,
    menus,
    presence,
    sound,
    texts,
)
from allmende.systems.voice.wire.errors import denial
from allmende.systems.voice.wire.line import Line, Stream
from allmende.systems.voice.wire.pace import Pace
from allmende.systems.voice.wire.talk import Handler, Talk

SILENCE_S: Final = 30.0
"""A client that has said nothing for so long is gone."""

HANDLERS: Final[Mapping[type[Message], Handler]] = {
    Version: login.version_again,
    Authenticate: login.authenticate_again,
    **asking.HANDLERS,
    **channels.HANDLERS,
    **menus.HANDLERS,
    **presence.HANDLERS,
    **sound.HANDLERS,
    **texts.HANDLERS,
}
"""What is answered after the login. All else is dropped and counted."""

ACTS: Final = (Authenticate, TextMessage, ContextAction, VoiceTarget)
FLOOD_FRAMES: Final = 64
BREATHER_S: Final = 0.25
"""Who sent FLOOD_FRAMES too many at once is not read for so long: others have their turn."""

_REFERENCE_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_log: Final = logging.getLogger(__name__)


class Gone(Exception):
    """The client went, said nothing for too long, or nothing that can be read."""


class Connection:
    """Serves one client. Nothing that is wrong here hurts another."""

    def __init__(
        self,
        stream: Stream,
        voice: VoiceService,
        words: Words,
        settings: VoiceSettings,
        clock: Clock,
        counts: Counter[str],
    ) -> None:
        self._line = Line(stream, counts)
        self._voice = voice
        self._words = words
        self._settings = settings
        self._pace = Pace(clock)
        self._reader = FrameReader()
        self._counts = counts
        self._refused = 0

    async def serve(self) -> None:
        """Serve until the connection is over."""
        entering = login.Login(self._line, self._voice, self._words, self._settings)
        talk: Talk | None = None
        try:
            self._line.say(login.our_version())
            try:
                async with asyncio.timeout(login.WITHIN_S):
                    talk, rest = await self._log_in(entering)
            except TimeoutError:
                return
            if talk is not None:
                self._line.stream.signed_in()
                self._pace.begin()
                self._reader.limit = MAX_AFTER_LOGIN
                await self._talk(talk, rest)
        except (Gone, MumbleMalformed):
            self._counts["closed"] += 1
        finally:
            leg = entering.leg
            if leg is not None:
                await self._voice.leave(leg)
            self._line.end()

    async def _log_in(self, entering: login.Login) -> tuple[Talk | None, list[Frame]]:
        """Return the client once it is in, and what it said too early; None: it was refused."""
        while True:
            frames = await self._frames()
            for number, each in enumerate(frames):
                message = self._read(each) if self._is_in_time(KINDS.get(each.kind)) else None
                if message is None:
                    continue
                if isinstance(message, Ping):
                    self._line.say(Ping(timestamp=message.timestamp))
                talk = await entering.take(message)
                if talk is not None or entering.refused:
                    return talk, frames[number + 1 :]
            await self._breathe()

    async def _talk(self, talk: Talk, frames: list[Frame]) -> None:
        while not talk.leg.gone:
            for each in frames:
                await self._answer(talk, each)
            await self._breathe()
            try:
                async with asyncio.timeout(SILENCE_S):
                    frames = await self._frames()
            except TimeoutError:
                raise Gone from None

    async def _frames(self) -> list[Frame]:
        """Return the next whole frames. Raises Gone, FrameTooLarge."""
        while True:
            data = await self._line.stream.read()
            if not data:
                raise Gone
            frames = list(self._reader.receive(data))
            if frames:
                return frames

    def _read(self, each: Frame) -> Message | None:
        """Return what a frame says; None for what is dropped. Raises Gone at the fifth bad one."""
        if each.kind == UDP_TUNNEL:
            return None
        try:
            return decode(each.kind, each.payload)
        except UnknownKind:
            self._counts["unknown"] += 1
        except MumbleMalformed:
            self._counts["malformed"] += 1
            if self._pace.is_broken():
                raise Gone from None
        return None

    async def _answer(self, talk: Talk, each: Frame) -> None:
        if each.kind == UDP_TUNNEL:
            if self._pace.voice.take():
                self._voice.tunnel(talk.leg, each.payload)
            else:
                self._refused += 1
                self._counts["voice-refused"] += 1
            return
        if not self._is_in_time(KINDS.get(each.kind)):
            self._tell_too_fast(talk)
            return
        message = self._read(each)
        if message is None:
            return
        handler = HANDLERS.get(type(message))
        if handler is None:
            self._counts["dropped"] += 1
            return
        try:
            await handler(talk, message)
        except AllmendeError as refused:
            channel = getattr(message, "channel_id", None)
            where = channel if isinstance(channel, int) else None
            self._line.say(denial(refused, self._words, session=talk.session, channel=where))
        except Exception as bug:
            self._failed(talk, bug)

    def _is_in_time(self, kind: type[Message] | None) -> bool:
        """Count a message, before it is read; False: it comes too fast and is dropped."""
        is_good = (self._pace.pings if kind is Ping else self._pace.messages).take()
        if kind in ACTS:
            is_good = self._pace.acts.take() and is_good
        if not is_good:
            self._refused += 1
            self._counts["too-fast"] += 1
        return is_good

    def _tell_too_fast(self, talk: Talk) -> None:
        """Say why nothing happens, once in five seconds."""
        if self._pace.may_tell():
            self._deny(talk, self._words.text("voice.too-fast"))

    async def _breathe(self) -> None:
        """Let who floods wait; what they send meanwhile stays with them."""
        refused, self._refused = self._refused, 0
        if refused >= FLOOD_FRAMES:
            await asyncio.sleep(BREATHER_S)

    def _failed(self, talk: Talk, bug: Exception) -> None:
        reference = "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(8))
        _log.error("bug %s", reference, exc_info=bug)
        self._deny(talk, self._words.text("voice.bug", reference=reference))

    def _deny(self, talk: Talk, reason: str) -> None:
        self._line.say(PermissionDenied(type=DenyType.TEXT, session=talk.session, reason=reason))
