"""The login: versions, credentials, then everything that a client needs to begin, in one piece."""

import asyncio
from typing import Final

from allmende.core.errors import AllmendeError, InvalidInput, NotSignedIn
from allmende.core.ports.audio import CryptKeys
from allmende.protocols.mumble.framing import frame
from allmende.protocols.mumble.messages import (
    Authenticate,
    CodecVersion,
    CryptSetup,
    Message,
    Reject,
    RejectType,
    ServerSync,
    Version,
)
from allmende.protocols.mumble.version import (
    OLDEST,
    PROTOBUF_VOICE_SINCE,
    Release,
    is_at_least,
    pack_v1,
    pack_v2,
    release_of,
)
from allmende.systems.voice.service import VoiceService
from allmende.systems.voice.service.arriving import Came
from allmende.systems.voice.service.legs import Leg
from allmende.systems.voice.service.needs import VoiceSettings, Words
from allmende.systems.voice.wire.errors import rejection
from allmende.systems.voice.wire.line import Line
from allmende.systems.voice.wire.talk import Talk

WITHIN_S: Final = 10.0
"""Who has not said who they are by then is sent away."""

SPOKEN: Final = Release(1, 5, 735)
"""The version that we announce: clients of 1.5 send voice in protobuf form only then."""

CODEC: Final = CodecVersion(alpha=-2147483637, beta=0, prefer_alpha=True, opus=True)
MAX_RELEASE_CHARS: Final = 100
_CODEC_FRAME: Final = frame(CODEC)


def our_version() -> Version:
    """Return what we are; no system, for nobody's business it is."""
    return Version(version_v1=pack_v1(SPOKEN), version_v2=pack_v2(SPOKEN), release="allmende")


class Login:
    """Takes messages until somebody is in or was refused. Their order does not matter."""

    def __init__(
        self, line: Line, voice: VoiceService, words: Words, settings: VoiceSettings
    ) -> None:
        self._line = line
        self._voice = voice
        self._words = words
        self._settings = settings
        self._version: Version | None = None
        self.leg: Leg | None = None
        self.refused = False

    async def take(self, message: Message) -> Talk | None:
        """Take in one message; return the client once it is in."""
        if isinstance(message, Version):
            self._version = message
        if not isinstance(message, Authenticate):
            return None
        if not self._is_new_enough(message):
            text = self._words.text("voice.client-too-old")
            self._refuse(Reject(type=RejectType.WRONG_VERSION, reason=text))
            return None
        try:
            return await self._enter(message)
        except AllmendeError as refused:
            self._refuse(rejection(refused, self._words))
            return None

    def _is_new_enough(self, message: Authenticate) -> bool:
        if not message.opus:
            return False
        return self._version is None or is_at_least(release_of(self._version), OLDEST)

    def _refuse(self, reject: Reject) -> None:
        self.refused = True
        self._line.say(reject)

    async def _enter(self, asked: Authenticate) -> Talk:
        stream = self._line.stream
        came = Came(
            name=asked.username or "",
            password=asked.password or "",
            certificate=stream.certificate,
            tokens=tuple(asked.tokens),
            source_key=stream.source_key,
        )
        try:
            arrival = await self._voice.identify(came)
        except (NotSignedIn, InvalidInput):
            await self._keep_waiting(came)
            raise
        leg, keys = await self._voice.arrive(
            arrival, self._line, source=stream.source, protobuf=speaks_protobuf(self._version)
        )
        self.leg = leg
        leg.release = release_text(self._version)
        if asked.tokens:
            await self._voice.invite(leg, asked.tokens)
        self._welcome(leg, keys)
        return Talk(leg, self._line, self._voice, self._words, self._settings, self._version)

    async def _keep_waiting(self, came: Came) -> None:
        """Answer late after many wrong tries; a right password is never late."""
        await asyncio.sleep(self._voice.delay_s(came))

    def _welcome(self, leg: Leg, keys: CryptKeys) -> None:
        welcome = self._voice.showing.welcome(leg)
        crypt = CryptSetup(
            key=keys.key, client_nonce=keys.client_nonce, server_nonce=keys.server_nonce
        )
        sync = ServerSync(
            session=leg.session,
            max_bandwidth=self._settings.max_bandwidth_bps,
            welcome_text=self._voice.showing.welcome_text(),
            permissions=welcome.permissions,
        )
        whole = (frame(crypt), _CODEC_FRAME, welcome.states, frame(sync), welcome.rest)
        self._line.send(b"".join(whole))


def speaks_protobuf(version: Version | None) -> bool:
    """Return whether a client sends and wants voice in the form of 1.5."""
    release = None if version is None else release_of(version)
    return is_at_least(release, PROTOBUF_VOICE_SINCE)


def release_text(version: Version | None) -> str:
    """Return what others may know of a client: its version, no system."""
    return ((version.release if version is not None else "") or "")[:MAX_RELEASE_CHARS]


async def version_again(talk: Talk, said: Version) -> None:
    """A bot says its version after its name."""
    talk.version = said
    talk.leg.release = release_text(said)
    talk.voice.set_format(talk.leg, protobuf=speaks_protobuf(said))


async def authenticate_again(talk: Talk, said: Authenticate) -> None:
    """Invites of further rooms come like this."""
    await talk.voice.invite(talk.leg, said.tokens)
