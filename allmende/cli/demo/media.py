"""The media of a bot: the unmodified PyPI ``livekit`` SDK with a made voice and a drawn picture.

A bot hears and sees nobody: decoding eleven others in each of twelve bots would need more than
the machine that shows the demo has.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

from livekit import rtc

from allmende.cli.demo import picture, voice
from allmende.cli.demo.browser import Inside, Unreachable
from allmende.cli.demo.script import Person
from allmende.transports.tasks import background

_QUEUE_MS: Final = 300
_PICTURE_BPS: Final = 160_000


class Seat:
    """A place in the call: a microphone that is off until ``talk``, perhaps a camera."""

    def __init__(self, person: Person, seed: int, *, camera: bool) -> None:
        self.gone = asyncio.Event()
        """Set when the call is over for this bot, whoever ended it."""

        self._voice: Iterator[bytes] = voice.frames(voice.voice(person.pitch_hz, seed))
        self._quiet = picture.loop(person.look, talking=False) if camera else ()
        self._talking = picture.loop(person.look, talking=True) if camera else ()
        self._is_talking = False
        self._source: Any = None
        self._microphone: Any = None

    @asynccontextmanager
    async def taken(self, inside: Inside) -> AsyncIterator[None]:
        """Be in the call until the end of the block. Raises Unreachable."""
        room = rtc.Room()
        self.gone.clear()
        room.on("disconnected", lambda *_: self.gone.set())
        where = "ws" + inside.url.removeprefix("http")
        try:
            await room.connect(where, inside.token, rtc.RoomOptions(auto_subscribe=False))
        except rtc.ConnectError as failure:
            raise Unreachable("call") from failure
        try:
            await self._publish_voice(room)
            if self._quiet:
                async with background(self._film(await _camera_of(room)), name="camera"):
                    yield
            else:
                yield
        finally:
            self._source = None
            await room.disconnect()

    async def talk(self, seconds: float) -> None:
        """Switch the microphone on, talk, switch it off."""
        source = self._source
        if source is None:
            return
        self._microphone.unmute()
        self._is_talking = True
        try:
            for _ in range(round(seconds * voice.RATE_HZ / voice.FRAME_SAMPLES)):
                if self.gone.is_set():
                    return
                frame = rtc.AudioFrame(next(self._voice), voice.RATE_HZ, 1, voice.FRAME_SAMPLES)
                await source.capture_frame(frame)  # waits while its queue is full
        finally:
            self._is_talking = False
            self._microphone.mute()

    async def _publish_voice(self, room: Any) -> None:
        source = rtc.AudioSource(voice.RATE_HZ, 1, queue_size_ms=_QUEUE_MS)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_MICROPHONE,
        )
        await room.local_participant.publish_track(track, options)
        track.mute()
        self._source, self._microphone = source, track

    async def _film(self, source: Any) -> None:
        loop = asyncio.get_running_loop()
        due_s, number = loop.time(), 0
        while True:
            pictures = self._talking if self._is_talking else self._quiet
            shown = pictures[number % len(pictures)]
            source.capture_frame(
                rtc.VideoFrame(picture.WIDTH, picture.HEIGHT, rtc.VideoBufferType.I420, shown)
            )
            number += 1
            due_s = max(due_s + 1 / picture.FPS, loop.time())
            await asyncio.sleep(due_s - loop.time())


async def _camera_of(room: Any) -> Any:
    """Publish a camera and return what takes its pictures."""
    source = rtc.VideoSource(picture.WIDTH, picture.HEIGHT)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    options = rtc.TrackPublishOptions(
        source=rtc.TrackSource.SOURCE_CAMERA,
        simulcast=False,
        video_encoding=rtc.VideoEncoding(max_framerate=picture.FPS, max_bitrate=_PICTURE_BPS),
    )
    await room.local_participant.publish_track(track, options)
    return source
