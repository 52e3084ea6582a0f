"""pymumble-rev 0.1.0 against a server: protobuf voice of Mumble 1.5 in the tunnel.

Runs with the Python of Debian 13 (tools/trixie.sh): ``modern.py PORT TOKEN``. Prints a line for
each proof and ends with 0 if all hold.
"""

import array
import asyncio
import itertools
import math
import sys
from collections.abc import Callable
from typing import Any

from pymumble_rev import VOICE_TARGET_LOOPBACK, ClientConfig, MumbleClient, VoiceTarget, events
from pymumble_rev.audio import BytesSource
from pymumble_rev.errors import ConnectionRejected
from pymumble_rev.opus import Decoder

RATE = 48_000
HERTZ = 440
PATIENCE_S = 20.0
PEOPLE = 3
SECONDS = 1.0
PACKETS = 50
"""20 ms each; a packet of silence with the end flag comes after them."""


def say(text: str) -> None:
    """Tell what was proven."""
    sys.stdout.write(f"ok {text}\n")
    sys.stdout.flush()


def proven(what: str, true: bool, found: object = "") -> None:
    """Tell it, or end with what was found instead."""
    if not true:
        sys.exit(f"not {what}: {found}")
    say(what)


def tone(seconds: float) -> bytes:
    """Return PCM of a tone."""
    wave = (
        int(12_000 * math.sin(2 * math.pi * HERTZ * i / RATE)) for i in range(int(RATE * seconds))
    )
    return array.array("h", wave).tobytes()


def frequency(pcm: bytes) -> float:
    """Return how often a wave goes up through zero in a second of its middle part."""
    samples = array.array("h", pcm)
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    ups = sum(1 for a, b in itertools.pairwise(middle) if a < 0 <= b)
    return ups * RATE / max(1, len(middle))


class Person:
    """A client that keeps all it is told. ``told`` is set anew by everything that comes."""

    def __init__(self, name: str, port: int, token: str) -> None:
        config = ClientConfig(username=name, password=token)
        self.client = MumbleClient("127.0.0.1", config, port=port, receive_audio=True)
        self.heard: list[Any] = []
        self.texts: list[str] = []
        self.told = asyncio.Event()

    async def come(self, here: asyncio.TaskGroup) -> None:
        """Log in and listen from then on."""
        await self.client.connect()
        here.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.client.events():
            match event:
                case events.AudioReceived():
                    self.heard.append(event)
                case events.TextMessage(message=message):
                    self.texts.append(message)
            self.told.set()

    async def until(self, what: str, true: Callable[[], bool]) -> None:
        """Wait until ``true()``; end with ``what``."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    self.told.clear()
                    await self.told.wait()
        except TimeoutError:
            sys.exit(f"not {what}: {len(self.heard)} packets, {self.texts}")
        say(what)

    async def sees(self, people: int) -> None:
        """Wait until so many are in the same channel."""
        await self.until("all see each other", lambda: len(self.others()) == people)

    async def until_end(self, what: str) -> None:
        """Wait until somebody stopped talking."""
        await self.until(what, lambda: any(each.is_terminator for each in self.heard))

    def pcm(self) -> bytes:
        """Return all that was heard, decoded."""
        decoder = Decoder(channels=1)
        return b"".join(decoder.decode(each.opus_data) for each in self.heard)

    @property
    def room(self) -> int:
        """The channel this person is in."""
        return int(self.client.state.myself.channel_id)

    def others(self) -> set[str]:
        """Return the names of those in the same channel."""
        users = self.client.state.users.values()
        return {user.name for user in users if user.channel_id == self.room}


async def is_heard(speaker: Person, *listeners: Person) -> None:
    """A tone arrives whole, in order, and ends with the end flag."""
    await speaker.client.play(BytesSource(tone(SECONDS)))
    for one in listeners:
        await one.until_end("the end of speech arrives")
        numbers = [each.frame_number for each in one.heard]
        whole = list(range(numbers[0], numbers[0] + 2 * (PACKETS + 1), 2))
        proven("each packet came once, in order", numbers == whole, numbers)
        session = speaker.client.state.myself.session
        proven(
            "under the name of who spoke", {each.sender_session for each in one.heard} == {session}
        )
        proven("as talking", {each.context for each in one.heard} == {0})
    found = frequency(listeners[0].pcm())
    proven(f"{HERTZ} Hz within 1 %", abs(found - HERTZ) <= HERTZ / 100, found)
    proven("nobody hears themself", not speaker.heard)


async def whispers(speaker: Person, addressed: Person, other: Person) -> None:
    """By a voice target with one session."""
    addressed.heard.clear()
    other.heard.clear()
    session = addressed.client.state.myself.session
    await speaker.client.set_voice_target(1, [VoiceTarget(sessions=[session])])
    await speaker.client.play(BytesSource(tone(SECONDS)), target=1)
    await addressed.until_end("a whisper arrives")
    proven("it says that it is one", {each.context for each in addressed.heard} == {2})
    proven("it reaches nobody else", not other.heard)


async def hears_oneself(speaker: Person) -> None:
    """By the target of the echo test."""
    await speaker.client.play(BytesSource(tone(SECONDS)), target=VOICE_TARGET_LOOPBACK)
    await speaker.until_end("an echo arrives")


async def is_refused(port: int) -> None:
    """With a word that is no token."""
    stranger = Person("mallory", port, "certainly-not-a-token")
    try:
        await stranger.client.connect()
    except ConnectionRejected as refusal:
        proven("a wrong password is refused", refusal.kind == "WrongUserPW", refusal.kind)
    else:
        sys.exit("a stranger came in")


async def main(port: int, token: str) -> None:
    """Tell the story."""
    people = [Person(name, port, token) for name in ("anna", "ben", "cleo")]
    async with asyncio.TaskGroup() as here:
        for one in people:
            await one.come(here)
        say("logged in as {}.{}.{}, by version_v2".format(*people[0].client.config.version))
        await story(*people)
        await is_refused(port)
        for one in people:
            await one.client.close()


async def story(anna: Person, ben: Person, cleo: Person) -> None:
    """What three people do in a room."""
    for one in (anna, ben, cleo):
        await one.sees(PEOPLE)
    await anna.client.send_text("Guten Abend", channel_ids=[anna.room])
    await ben.until("a text arrives", lambda: any("Guten Abend" in text for text in ben.texts))
    await is_heard(anna, ben, cleo)
    await whispers(anna, ben, cleo)
    await hears_oneself(anna)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
