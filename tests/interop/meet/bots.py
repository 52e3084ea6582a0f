"""People made of the unmodified PyPI ``livekit`` SDK, in one call on a real server.

Run: ``python -m tests.interop.meet.bots --people 6 --cameras 2 --seconds 60``. Everybody sends
a tone of their own, the first also a moving picture of 320 x 180 at 15 fps; everybody counts
what is decoded. Prints JSON.
"""

import argparse
import asyncio
import json
import math
import sys
import tempfile
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from livekit import rtc

from bench.meet.load import SETTINGS
from bench.served import served
from bench.visitor import Inside, Visitor

WIDTH: Final = 320
HEIGHT: Final = 180
FPS: Final = 15
RATE_HZ: Final = 48_000
FRAME_SAMPLES: Final = RATE_HZ // 50
BASE_TONE_HZ: Final = 300
TONE_STEP_HZ: Final = 50
ALL_HEARD_S: Final = 60.0


@dataclass
class Heard:
    """What one person got, by the identity of the sender. ``energies``: sums of squares."""

    frames: dict[str, int] = field(default_factory=dict)
    energies: dict[str, float] = field(default_factory=dict)
    reconnects: int = 0
    disconnects: int = 0

    def clear(self) -> None:
        """Count anew."""
        self.frames = dict.fromkeys(self.frames, 0)
        self.energies = dict.fromkeys(self.energies, 0.0)


class Bot:
    """One person with the SDK."""

    def __init__(self, number: int, *, camera: bool) -> None:
        self.number = number
        self.camera = camera
        self.identity = ""
        self.heard = Heard()
        self._room = rtc.Room()
        self._leaving = False
        self._tasks: asyncio.TaskGroup | None = None
        self._running: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def in_call(self, inside: Inside) -> AsyncIterator[None]:
        """Be connected, send and listen until the end of the block."""
        self.identity = inside.identity
        async with asyncio.TaskGroup() as self._tasks:
            self._room.on("track_subscribed", self._subscribed)
            self._room.on("reconnecting", self._reconnecting)
            self._room.on("disconnected", self._disconnected)
            url = "ws" + inside.url.removeprefix("http")
            await self._room.connect(url, inside.token, rtc.RoomOptions())
            try:
                await self._talk()
                if self.camera:
                    await self._film()
                yield
            finally:
                self._leaving = True
                for task in self._running:
                    task.cancel()
                await self._room.disconnect()

    def _subscribed(self, track: Any, publication: Any, participant: Any) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            self._run(self._watch(rtc.VideoStream(track), participant.identity))
        else:
            self._run(self._listen(rtc.AudioStream(track), participant.identity))

    def _reconnecting(self, *_: Any) -> None:
        self.heard.reconnects += 1

    def _disconnected(self, *_: Any) -> None:
        if not self._leaving:
            self.heard.disconnects += 1

    def _run(self, work: Any) -> None:
        if self._tasks is not None and not self._leaving:
            self._running.append(self._tasks.create_task(work))

    async def _watch(self, stream: Any, identity: str) -> None:
        self.heard.frames.setdefault(identity, 0)
        async for _ in stream:
            self.heard.frames[identity] += 1

    async def _listen(self, stream: Any, identity: str) -> None:
        self.heard.energies.setdefault(identity, 0.0)
        async for event in stream:
            samples = np.frombuffer(event.frame.data, dtype=np.int16).astype(np.float64) / 32768
            self.heard.energies[identity] += float(np.sum(samples * samples))

    async def _talk(self) -> None:
        source = rtc.AudioSource(RATE_HZ, 1)
        track = rtc.LocalAudioTrack.create_audio_track("tone", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self._room.local_participant.publish_track(track, options)
        self._run(self._play_tone(source))

    async def _play_tone(self, source: Any) -> None:
        hz = BASE_TONE_HZ + TONE_STEP_HZ * self.number
        # All tones are multiples of 50 Hz: one frame of 20 ms fits to the next.
        step = 2 * math.pi * hz / RATE_HZ
        tone = array("h", (int(8000 * math.sin(step * n)) for n in range(FRAME_SAMPLES)))
        frame = rtc.AudioFrame(tone.tobytes(), RATE_HZ, 1, FRAME_SAMPLES)
        while True:
            await source.capture_frame(frame)  # waits while its queue is full

    async def _film(self) -> None:
        source = rtc.VideoSource(WIDTH, HEIGHT)
        track = rtc.LocalVideoTrack.create_video_track("picture", source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_CAMERA,
            video_encoding=rtc.VideoEncoding(max_framerate=FPS, max_bitrate=160_000),
        )
        await self._room.local_participant.publish_track(track, options)
        self._run(self._play_pictures(source))

    async def _play_pictures(self, source: Any) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        ramp = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH))
        shown = 0
        while True:
            shown += 1
            picture = np.empty((HEIGHT, WIDTH, 4), dtype=np.uint8)
            picture[:, :, :3] = ((ramp + 4 * shown) % 256)[:, :, np.newaxis]
            picture[:, :, 3] = 255
            frame = rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, picture.tobytes())
            source.capture_frame(frame)
            due_s += 1 / FPS
            await asyncio.sleep(max(0.0, due_s - loop.time()))


async def hold(url: str, people: int, cameras: int, seconds: float) -> dict[str, Any]:
    """Let bots meet, wait until all hear and see all, count for ``seconds``."""
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(url)) for _ in range(people)]
        room = await visitors[0].start_room("Bots")
        bots = [Bot(number, camera=number < cameras) for number in range(people)]
        for visitor, bot in zip(visitors, bots, strict=True):
            link = room.link if bot.number == 0 else ""
            inside = await visitor.join(room, f"Bot {bot.number}", link=link, video=bot.camera)
            if inside is None:
                await visitors[0].admit_all(room)
                inside = await visitor.join(room, f"Bot {bot.number}", video=bot.camera)
            if inside is None:
                raise RuntimeError("admitted and still at the door")
            await stack.enter_async_context(bot.in_call(inside))
        await _all_heard(bots)
        for bot in bots:
            bot.heard.clear()
        await asyncio.sleep(seconds)
        # Taken before anybody leaves: leaving is not a disconnect that counts.
        return {
            "people": people,
            "seconds": seconds,
            "cameras": [bot.identity for bot in bots if bot.camera],
            "heard": {bot.identity: asdict(bot.heard) for bot in bots},
        }


async def _all_heard(bots: Sequence[Bot]) -> None:
    async with asyncio.timeout(ALL_HEARD_S):
        while True:
            if all(_hears_all(bot, bots) for bot in bots):
                return
            await asyncio.sleep(0.1)


def _hears_all(bot: Bot, bots: Sequence[Bot]) -> bool:
    others = [other for other in bots if other is not bot]
    return all(bot.heard.energies.get(other.identity, 0.0) > 0 for other in others) and all(
        bot.heard.frames.get(other.identity, 0) > 0 for other in others if other.camera
    )


def main(words: Sequence[str]) -> int:
    """Start a server unless there is one, let the bots meet, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.meet.bots")
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--url", default="", help="of a server that runs already")
    asked = parser.parse_args(words)
    size = (asked.people, asked.cameras, asked.seconds)
    if asked.url:
        found = asyncio.run(hold(asked.url, *size))
    else:
        with (
            tempfile.TemporaryDirectory() as folder,
            served(Path(folder), settings=SETTINGS) as server,
        ):
            found = asyncio.run(hold(server.url, *size))
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
