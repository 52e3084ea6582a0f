"""Somebody in a VideoRoom of ``janus``: the generator of `person` with its signalling."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from bench.meet.call import SETTLE_S, Ear, Hall
from bench.meet.client import Remote, RtcClient
from bench.meet.offers import Offer, answer_to, read_answer
from bench.meet.playing import Playing
from bench.meet.streams import Camera, Source
from bench.meet.videoroom import Session

ROOM: Final = 1
_AT_ONCE: Final = 4


class Guest:
    """``sources``: what it sends while ``playing``; ``ear`` gets every plain packet."""

    def __init__(self, number: int, sources: Sequence[Source], ear: Ear, session: Session) -> None:
        self.number = number
        self.sources = sources
        self.playing = True
        self.lives = 1
        self.srtp_profile = ""
        self._ear = ear
        self._session = session
        self._clients: list[RtcClient] = []
        self._playing: Playing | None = None

    async def publish(self) -> None:
        """Offer all sources; play as soon as they can go out."""
        client = self._client()
        offer = Offer(client.ufrag, client.pwd, client.fingerprint, setup="active")
        mids = [offer.send(_kind(source), f"track{source.track}") for source in self.sources]
        handle = await self._session.attach()
        await self._session.say(
            handle, {"request": "join", "ptype": "publisher", "room": ROOM, "id": self.number + 1}
        )
        jsep = {"type": "offer", "sdp": offer.text()}
        found = await self._session.say(handle, {"request": "publish"}, jsep)
        self._playing = Playing(self, client, mids)
        await self._connect(client, str(found["sdp"]))
        self._playing.begin()

    async def subscribe(self, feeds: Sequence[int]) -> None:
        """Get everything of the guests with these numbers."""
        client = self._client(controlled=True)
        handle = await self._session.attach()
        streams = [{"feed": number + 1} for number in feeds]
        found = await self._session.say(
            handle, {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": streams}
        )
        sdp = str(found["sdp"])
        jsep = {
            "type": "answer",
            "sdp": answer_to(sdp, client.ufrag, client.pwd, client.fingerprint),
        }
        await self._session.say(handle, {"request": "start"}, jsep)
        await self._connect(client, sdp)

    def close(self) -> None:
        """Leave."""
        if self._playing is not None:
            self._playing.stop()
        for client in self._clients:
            client.close()
        self._session.close()

    def _client(self, *, controlled: bool = False) -> RtcClient:
        client = RtcClient(on_rtp=self._ear, controlled=controlled)
        self._clients.append(client)
        return client

    async def _connect(self, client: RtcClient, sdp: str) -> None:
        said = read_answer(sdp)
        await client.connect(Remote(said.ufrag, said.pwd, said.fingerprint, said.udp))
        self.srtp_profile = client.srtp_profile


def _kind(source: Source) -> str:
    return "video" if isinstance(source, Camera) else "audio"


@asynccontextmanager
async def held_room(port: int, sources: Sequence[Sequence[Source]]) -> AsyncIterator[Hall]:
    """Hold a call in ``janus`` until the end of the block; all are in and hear."""
    async with AsyncExitStack() as stack:
        hall = Hall(sources)
        guests: list[Guest] = []
        for number, ear in enumerate(hall.ears):
            guest = Guest(number, sources[number], ear, await Session.open(port))
            stack.callback(guest.close)
            guests.append(guest)
            hall.people.append(guest)
        await _make_room(port, len(sources))
        senders = [guest for guest in guests if guest.sources]
        gate = asyncio.Semaphore(_AT_ONCE)

        async def publish(guest: Guest) -> None:
            async with gate:
                await guest.publish()

        async def subscribe(guest: Guest) -> None:
            async with gate:
                await guest.subscribe([one.number for one in senders if one is not guest])

        await asyncio.gather(*(publish(guest) for guest in senders))
        await asyncio.gather(*(subscribe(guest) for guest in guests))
        await hall.until(hall.everybody_hears_all, SETTLE_S)
        yield hall


async def _make_room(port: int, people: int) -> None:
    session = await Session.open(port)
    handle = await session.attach()
    room = {"request": "create", "room": ROOM, "publishers": people, "fir_freq": 0}
    await session.say(handle, {**room, "audiocodec": "opus", "videocodec": "vp8"})
    session.close()
