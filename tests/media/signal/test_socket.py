"""One WebSocket against clients that misbehave (spec meet, 17)."""

import asyncio

from allmende.media.control import AddDown, SetRemote
from allmende.protocols.livekit.messages import (
    DisconnectReason,
    LeaveRequest,
    SessionDescription,
    SignalRequest,
    TrackSource,
)
from tests.media.signal.stage import FINGERPRINT, Client, Stage, join_request, play


async def _is_told_to_leave(client: Client, reason: DisconnectReason) -> None:
    leave = await client.until("leave")
    assert leave.action == LeaveRequest.DISCONNECT
    assert leave.reason == reason
    assert await client.closed() == []


def test_the_fifth_broken_frame_in_ten_seconds_ends_the_connection() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        broken = [b"", b"\xff\xff\xff", b"x" * (256 * 1024 + 1), b"\x0a\xff"]
        for frame in broken:
            mara.socket.to_server.put_nowait(frame)
        mara.say(ping=1)
        await mara.until("pong")
        mara.socket.to_server.put_nowait(b"")
        await _is_told_to_leave(mara, DisconnectReason.UNKNOWN_REASON)
        juno.say(ping=1)
        await juno.until("pong")

    play(story)


def test_broken_frames_far_apart_are_only_dropped() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        for _ in range(12):
            mara.socket.to_server.put_nowait(b"")
            mara.say(ping=1)
            await mara.until("pong")
            stage.clock.turn(4)

    play(story)


def test_a_flood_of_messages_ends_the_connection() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        for _ in range(210):
            mara.say(ping=1)
        await _is_told_to_leave(mara, DisconnectReason.UNKNOWN_REASON)

    play(story)


def test_fifty_messages_a_second_are_fine() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        for _ in range(10):
            for _ in range(50):
                mara.say(ping=1)
            for _ in range(50):
                await mara.until("pong")
            stage.clock.turn(1)

    play(story)


def test_offers_that_cannot_be_answered_end_in_join_failure() -> None:
    text = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
    audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
    keys = f"a=ice-ufrag:abcd\r\na=ice-pwd:{'p' * 22}\r\na=fingerprint:sha-256 {FINGERPRINT}\r\n"
    for sdp in (
        "rubbish",
        text + audio,
        text + audio + keys.split("\r\n")[0] + "\r\n",
        text + audio + keys + audio + keys,
        text + "x" * 300_000,
        text + (audio.replace("mid:0", "mid:%d") * 301) % tuple(range(301)) + keys,
    ):

        async def story(stage: Stage, sdp: str = sdp) -> None:
            mara = stage.connect("mara", join_request(sdp=sdp))
            await _is_told_to_leave(mara, DisconnectReason.JOIN_FAILURE)
            assert stage.worker.of(SetRemote) == []

        play(story)


def test_another_fingerprint_in_a_later_offer_ends_the_connection() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        other = mara.offering.text().replace(FINGERPRINT, FINGERPRINT.replace("AB", "EF"))
        mara.say(offer=SessionDescription(type="offer", sdp=other, id=2))
        await _is_told_to_leave(mara, DisconnectReason.JOIN_FAILURE)

    play(story)


def test_of_many_offers_only_the_newest_is_answered() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        for number in range(2, 30):
            sdp = mara.offering.text()
            mara.say(offer=SessionDescription(type="offer", sdp=sdp, id=number))
        ids: list[int] = []
        while not ids or ids[-1] != 29:
            ids.append((await mara.until("answer")).id)
        assert len(ids) <= 10

    play(story)


def test_a_client_that_does_not_read_is_asked_to_come_anew() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        mara.socket.blocked = asyncio.Event()
        participant = mara.participant
        for number in range(300):
            participant.attributes["a"] = str(number)
            stage.room.touch(participant)
            stage.room.flush()
        mara.socket.blocked.set()
        leave = await mara.until("leave")
        assert leave.action == LeaveRequest.RECONNECT
        assert await mara.closed() == []
        assert mara.sid in stage.room.participants
        assert len(juno.waiting()) < 300

    play(story)


def test_a_broken_websocket_leaves_media_running_for_15_seconds() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.settle()
        mara.hang_up()
        await mara.closed()
        stage.clock.turn(14)
        stage.calls.tick()
        assert len(stage.worker.of(AddDown)) == 1
        assert mara.sid in stage.room.participants
        await juno.quiet()
        stage.clock.turn(1)
        juno.say(ping=1)
        await juno.until("pong")
        stage.calls.tick()
        assert mara.sid not in stage.room.participants
        update = await juno.until("update")
        assert update.participants[0].disconnect_reason == DisconnectReason.SIGNAL_CLOSE
        assert stage.kinds()[-1] == "left mara"

    play(story)


def test_silence_of_30_seconds_closes_the_websocket() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        stage.clock.turn(29)
        stage.calls.tick()
        mara.socket.to_server.put_nowait(SignalRequest(ping=1).SerializeToString())
        await mara.until("pong")
        stage.clock.turn(30)
        stage.calls.tick()
        assert "leave" not in await mara.closed()

    play(story)
