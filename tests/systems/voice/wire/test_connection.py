"""Bad input and limits: nothing of it hurts anybody else (spec voice, 14)."""

import asyncio
from collections.abc import Callable

import pytest

from allmende.protocols.mumble.framing import raw_frame
from allmende.protocols.mumble.messages import (
    PermissionDenied,
    Ping,
    PluginDataTransmission,
    Reject,
    RequestBlob,
    UserList,
    UserRemove,
)
from allmende.systems.voice.wire import connection, login
from tests.systems.voice.clients import Client
from tests.systems.voice.harbour import Harbour, Scene, run

BAD = b"\x08"  # a field without a value


def test_a_frame_that_announces_too_much_ends_the_connection(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            stranger = harbour.dial()
            stranger.stream.come(raw_frame(2, b"")[:2] + (64 * 1024 + 1).to_bytes(4, "big"))
            await stranger.closed()
            ada = await harbour.connect("ada", scene.passwords[0])
            ada.stream.come(raw_frame(2, b"")[:2] + (512 * 1024 + 1).to_bytes(4, "big"))
            await ada.closed()
            assert len(harbour.voice.legs) == 0
            assert harbour.built.server.counts["closed"] == 2

    run(story())


def test_the_fifth_malformed_message_in_a_minute_ends_it(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            for _ in range(4):
                ada.send_raw(9, BAD)
            await ada.barrier()
            harbour.clock.turn(seconds=61)
            for _ in range(4):
                ada.send_raw(9, BAD)
            await ada.barrier()
            ada.send_raw(9, BAD)
            await ada.closed()
            assert harbour.built.server.counts["malformed"] == 9

    run(story())


def test_what_nobody_knows_or_needs_is_dropped_and_counted(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            ada.send_raw(99, b"new")
            ada.send(UserList(), PluginDataTransmission(data=b"x"), RequestBlob())
            told = await ada.barrier()
            assert told == []
            counts = harbour.built.server.counts
            assert (counts["unknown"], counts["dropped"]) == (1, 2)

    run(story())


def test_who_is_too_fast_is_told_once_and_the_rest_is_dropped(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            for _ in range(100):
                ada.send(RequestBlob())
            await ada.barrier()
            assert ada.denials() == ["Too fast. Wait a moment."]
            assert harbour.built.server.counts["too-fast"] == 40
            harbour.clock.turn(seconds=6)
            ada.send(*[RequestBlob()] * 70)
            await ada.barrier()
            assert len(ada.denials()) == 2

    run(story())


def test_pings_have_a_pace_of_their_own_and_a_flood_is_read_later(
    harbour: Harbour, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            breathers: list[float] = []
            pause = asyncio.sleep

            async def breathe(delay_s: float) -> None:
                breathers.append(delay_s)
                await pause(0)

            monkeypatch.setattr(asyncio, "sleep", breathe)
            harbour.clock.turn(seconds=60)
            ada.send(*[Ping(timestamp=4711)] * 200)
            await until(lambda: harbour.built.server.counts["too-fast"] == 140)
            assert connection.BREATHER_S in breathers
            harbour.clock.turn(seconds=60)
            await ada.barrier()
            assert sum(ping.timestamp == 4711 for ping in ada.all_of(Ping)) == 60
            assert ada.denials() == ["Too fast. Wait a moment."]

    run(story())


def test_before_the_login_there_is_a_pace_too(harbour: Harbour, scene: Scene) -> None:
    """The login itself is not counted with what follows."""

    async def story() -> None:
        async with harbour.open():
            ada = harbour.dial()
            for _ in range(70):
                ada.send_raw(99, b"")
            await until(lambda: harbour.built.server.counts["too-fast"] == 10)
            harbour.clock.turn(seconds=2)
            ada.authenticate("ada", scene.passwords[0])
            await harbour.signed_in(ada)
            ada.send(*[RequestBlob()] * 60)
            await ada.barrier()
            assert harbour.built.server.counts["too-fast"] == 10

    run(story())


def test_tokens_are_tried_as_slowly_as_texts_are_written(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            for number in range(8):
                ada.authenticate("ada", tokens=[f"geraten{number}"])
            await ada.barrier()
            assert harbour.built.server.counts["too-fast"] == 3

    run(story())


def test_who_drips_bytes_is_sent_away_like_who_says_nothing(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        monkeypatch.setattr(login, "WITHIN_S", 0.05)
        async with harbour.open():
            slow = harbour.dial()
            drips = raw_frame(0, bytes(40_000))
            for nth in range(len(drips)):
                slow.stream.come(drips[nth : nth + 1])
                await asyncio.sleep(0)
                if slow.stream.closed:
                    break
            await slow.closed()
            assert not slow.stream.is_in

    run(story())


def test_a_bug_has_a_reference_and_the_connection_goes_on(
    harbour: Harbour, scene: Scene, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            monkeypatch.setattr(harbour.voice, "end", None)
            monkeypatch.setattr(harbour.voice.people, "target", None)
            ada.send(UserRemove(session=1))
            denied = await ada.until(PermissionDenied)
            reference = (denied.reason or "").rsplit(" ", 1)[1]
            assert len(reference) == 8
            assert f"bug {reference}" in caplog.text
            await ada.barrier()

    run(story())


def test_who_does_not_say_who_they_are_is_sent_away(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        monkeypatch.setattr(login, "WITHIN_S", 0.01)
        async with harbour.open():
            silent = harbour.dial()
            await silent.closed()
            assert not silent.stream.is_in

    run(story())


def test_who_says_nothing_any_more_is_gone(
    harbour: Harbour, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        monkeypatch.setattr(connection, "SILENCE_S", 0.05)
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            await ada.closed()
            await until(lambda: len(harbour.voice.legs) == 0)
            assert harbour.audio.legs == {}

    run(story())


def test_a_client_that_goes_leaves_nothing(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            session = ada.session
            ada.hang_up()
            await until(lambda: len(harbour.voice.legs) == 2)
            await harbour.told(mel)
            assert mel.all_of(UserRemove)[-1] == UserRemove(session=session)
            assert session not in harbour.audio.legs

    run(story())


def test_hand_and_floor_wait_for_who_only_lost_the_connection(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.closed)
            ada.hang_up()
            mel.hang_up()
            await until(lambda: len(harbour.voice.legs) == 1)
            await until(lambda: len(harbour.audio.closed) == 2)
            # Nobody waits at a door who is not there; the call hears of the rest by the leg.
            assert harbour.calls.left == [(scene.closed.id, f"a{scene.mel.account_id}")]

    run(story())


def test_nothing_waits_for_who_was_sent_away_and_everything_for_who_comes_again(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            seat = harbour.leg(mel).seat
            assert seat is not None
            await harbour.connect("ada", scene.passwords[0])
            await harbour.settle()
            assert harbour.calls.left == []
            harbour.voice.end(harbour.leg(mel), "voice.ended-access")
            await harbour.settle()
            assert harbour.calls.left == [(scene.room.id, seat.identity)]

    run(story())


def test_a_full_server_says_so(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        harbour.settings = type(harbour.settings)(
            title="K", url="https://house.example", zone=harbour.settings.zone, release="0",
            max_participants=1,
        )  # fmt: skip
        async with harbour.open():
            await harbour.connect("ada", scene.passwords[0])
            late = harbour.dial()
            late.authenticate("mel", scene.passwords[1])
            assert (await late.until(Reject)).type == 6

    run(story())


def test_a_worker_that_is_down_is_said_at_the_login(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            harbour.audio.down = True
            ada: Client = harbour.dial()
            ada.authenticate("ada", scene.passwords[0])
            assert (await ada.until(Reject)).type == 8
            await ada.closed()

    run(story())


async def until(truth: Callable[[], bool]) -> None:
    """Let others run until something is true."""
    async with asyncio.timeout(5):
        for _ in iter(truth, True):
            await asyncio.sleep(0)
