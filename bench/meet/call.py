"""A call full of participants without codecs, who came in by the start page and the lobby."""

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter
from typing import Final

from bench.meet.person import Invite, Person
from bench.meet.playing import Player
from bench.meet.streams import ENCODINGS, NOTE, Camera, Source, Talker
from bench.visitor import Inside, Place, Visitor

SETTLE_S: Final = 60.0


class Ear:
    """What one person hears: counts packets by track, from the numbers in ``floors`` on."""

    def __init__(self, floors: list[int], tops: Sequence[int]) -> None:
        self._floors = floors
        self._tops = tops
        self.counts = [0] * len(floors)
        self.latencies_s: array[float] = array("d")

    def __call__(self, packet: bytes) -> None:
        """Take one plain RTP packet."""
        at_s = perf_counter()
        track, place, number, made_s = NOTE.unpack_from(packet, len(packet) - NOTE.size)
        if place == self._tops[track] and number >= self._floors[track]:
            self.counts[track] += 1
            self.latencies_s.append(at_s - made_s)


class Hall:
    """Those who send and hear. ``floors``: numbers from which packets count.

    ``people`` are whoever plays the ``sources``, in their order.
    """

    def __init__(self, sources: Sequence[Sequence[Source]]) -> None:
        tracks = [source for of_one in sources for source in of_one]
        self.tracks = tracks
        self.tops = [len(track.sent) - 1 for track in tracks]
        self.floors = [0] * len(tracks)
        self.ears = [Ear(self.floors, self.tops) for _ in sources]
        self.owns = [{source.track for source in of_one} for of_one in sources]
        self.people: list[Player] = []

    def begin_counting(self) -> None:
        """Count what is sent from now on."""
        for track in self.tracks:
            self.floors[track.track] = track.sent[-1]
        for ear in self.ears:
            ear.counts = [0] * len(self.tracks)
            del ear.latencies_s[:]

    def play(self, *, on: bool) -> None:
        """Let everybody send, or nobody."""
        for person in self.people:
            person.playing = on

    def expected(self) -> int:
        """How many packets should have been heard: all of each track by everybody else."""
        sent = sum(track.sent[-1] - self.floors[track.track] for track in self.tracks)
        return sent * (len(self.ears) - 1)

    def heard(self) -> int:
        """How many packets were heard."""
        return sum(sum(ear.counts) for ear in self.ears)

    def everybody_hears_all(self) -> bool:
        """Whether each track has reached everybody but its owner since ``begin_counting``."""
        return all(
            ear.counts[track.track] > 0
            for ear, own in zip(self.ears, self.owns, strict=True)
            for track in self.tracks
            if track.track not in own
        )

    async def until(self, done: Callable[[], bool], within_s: float) -> float:
        """Wait until ``done``; return the seconds it took. Raises TimeoutError."""
        began_s = perf_counter()
        async with asyncio.timeout(within_s):
            while True:
                if done():
                    return perf_counter() - began_s
                await asyncio.sleep(0.02)


class Call(Hall):
    """People in one room of ours; ``founder`` facilitates."""

    def __init__(self, founder: Visitor, room: Place, sources: Sequence[Sequence[Source]]) -> None:
        super().__init__(sources)
        self.founder = founder
        self.room = room


def sources_of(
    people: int, cameras: int, talkers: int, height: int, *, simulcast: bool
) -> list[list[Source]]:
    """Say who sends what: the first have cameras, the last talk."""
    heights = [h for h in sorted(ENCODINGS) if h <= height] if simulcast else [height]
    tracks = 0
    sources: list[list[Source]] = []
    for number in range(people):
        of_one: list[Source] = []
        if number < cameras:
            of_one.append(Camera(tracks, [ENCODINGS[h] for h in heights]))
            tracks += 1
        if number >= people - talkers:
            of_one.append(Talker(tracks))
            tracks += 1
        sources.append(of_one)
    return sources


@asynccontextmanager
async def held_call(url: str, sources: Sequence[Sequence[Source]]) -> AsyncIterator[Call]:
    """Hold a call on the server at ``url`` until the end of the block; all are in and hear."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        visitors = [await stack.enter_async_context(Visitor(url)) for _ in sources]
        founder = visitors[0]
        room = await founder.start_room("Load")
        call = Call(founder, room, sources)
        await _enter(visitors, room)
        running, persons = [], []
        for number, visitor in enumerate(visitors):
            invite = _invite(visitor, room, number, founder)
            person = Person(invite, sources[number], call.ears[number])
            call.people.append(person)
            persons.append(person)
            running.append(tasks.create_task(person.run()))
        try:
            async with asyncio.timeout(SETTLE_S):
                for person in persons:
                    await person.up.wait()
            await call.until(call.everybody_hears_all, SETTLE_S)
            yield call
        finally:
            for task in running:
                task.cancel()


async def _enter(visitors: Sequence[Visitor], room: Place) -> None:
    """The founder is in first, everybody else knocks and is admitted."""
    await visitors[0].join(room, "Person 0", link=room.link)
    await asyncio.gather(*(v.join(room, f"Person {n}") for n, v in enumerate(visitors) if n > 0))
    await visitors[0].admit_all(room)


def _invite(visitor: Visitor, room: Place, number: int, founder: Visitor) -> Invite:
    async def invite() -> Inside:
        link = room.link if visitor is founder else ""
        while True:
            inside = await visitor.join(room, f"Person {number}", link=link, video=True)
            if inside is not None:
                return inside
            await founder.admit_all(room)

    return invite
