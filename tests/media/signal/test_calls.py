"""Rooms: opened by name only, entered by token, closed when empty; dead workers."""

import asyncio

import pytest

from allmende.core.errors import (
    AllmendeError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    QuotaExceeded,
    Unavailable,
)
from allmende.core.ports.conference import CallId, CallPlan, Invitee, Rights
from allmende.media.control import CloseRoom, OpenRoom
from allmende.protocols.livekit.join_request import write_join_request
from allmende.protocols.livekit.messages import DisconnectReason, JoinRequest, LeaveRequest
from tests.media.signal.stage import CALL, Stage, join_request, play

REQUEST = write_join_request(JoinRequest())


def _refusal(stage: Stage, token: str, request: str = REQUEST) -> AllmendeError:
    with pytest.raises(AllmendeError) as refused:
        stage.calls.admission(token, request)
    return refused.value


def test_what_is_refused_before_the_websocket_is_accepted() -> None:
    async def story(stage: Stage) -> None:
        good = stage.token("mara")
        assert stage.calls.admission(good, REQUEST).grants.room == CALL
        for token, request, kind, message in (
            ("", REQUEST, NotSignedIn, "meet.token-refused"),
            (good + "x", REQUEST, NotSignedIn, "meet.token-refused"),
            (good, "%", InvalidInput, "meet.join-request-broken"),
            (good, "A" * 70_000, QuotaExceeded, "meet.join-request-too-large"),
        ):
            refused = _refusal(stage, token, request)
            assert (type(refused), refused.message_id) == (kind, message)
        stage.clock.turn(131)
        assert isinstance(_refusal(stage, good), NotSignedIn)
        other = stage.calls.token(CallId("r8"), Invitee("mara", "M", Rights()))
        assert isinstance(_refusal(stage, other), NotFound)

    play(story)


def test_a_full_room_and_a_dead_worker_are_said() -> None:
    async def story(stage: Stage) -> None:
        await stage.join("mara")
        refused = _refusal(stage, stage.token("juno"))
        assert (type(refused), refused.message_id) == (NotAllowed, "meet.call-full")
        stage.calls.admission(stage.token("mara"), REQUEST)
        stage.worker.ready = None
        assert isinstance(_refusal(stage, stage.token("mara")), Unavailable)

    play(story, CallPlan(CALL, max_participants=1))


def test_an_empty_room_closes_after_its_time_and_tells() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.say(leave=LeaveRequest())
        await mara.closed()
        stage.clock.turn(19)
        stage.calls.tick()
        assert CALL in stage.calls.rooms
        stage.clock.turn(1)
        stage.calls.tick()
        assert CALL not in stage.calls.rooms
        assert stage.kinds()[-2:] == ["left mara", "ended"]
        assert len(stage.worker.of(CloseRoom)) == 1

    play(story)


def test_an_empty_room_waits_for_those_who_have_a_token() -> None:
    async def story(stage: Stage) -> None:
        stage.clock.turn(119)
        stage.calls.tick()
        stage.token("mara")
        stage.clock.turn(119)
        stage.calls.tick()
        assert CALL in stage.calls.rooms
        stage.clock.turn(1)
        stage.calls.tick()
        assert CALL not in stage.calls.rooms

    play(story)


def test_opening_an_open_room_changes_its_plan() -> None:
    async def story(stage: Stage) -> None:
        room = stage.calls.open(CallPlan(CALL, max_participants=2))
        assert room is stage.room
        assert room.plan.max_participants == 2

    play(story)


def test_closing_a_room_ends_it_for_everybody() -> None:
    async def story(stage: Stage) -> None:
        people = await stage.call("mara", "juno")
        stage.calls.close(stage.room, DisconnectReason.ROOM_DELETED)
        for person in people:
            leave = await person.until("leave")
            assert leave.reason == DisconnectReason.ROOM_DELETED
            assert leave.action == LeaveRequest.DISCONNECT

    play(story)


def test_the_token_is_refreshed_every_five_minutes() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        for _ in range(2):
            await mara.quiet()
            stage.clock.turn(299)
            mara.say(ping=1)
            await mara.until("pong")
            stage.calls.tick()
            assert mara.waiting() == []
            stage.clock.turn(1)
            stage.calls.tick()
            fresh = await mara.until("refresh_token")
            assert stage.calls.admission(fresh, REQUEST).grants.identity == "mara"

    play(story)


def test_whoever_never_brings_media_up_leaves() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara", up=False)
        stage.clock.turn(29)
        mara.say(ping=1)
        await mara.until("pong")
        stage.clock.turn(2)
        stage.calls.tick()
        assert (await mara.until("leave")).reason == DisconnectReason.JOIN_FAILURE
        assert stage.kinds() == []

    play(story)


def test_after_the_death_of_a_worker_everybody_is_asked_to_join_anew() -> None:
    async def story(stage: Stage) -> None:
        people = await stage.call("mara", "juno", "kim")
        stage.reports.worker_died(stage.worker)
        stage.worker.generation += 1
        stage.worker.commands.clear()
        for person in people:
            await person.quiet()
        started_s = asyncio.get_running_loop().time()
        stage.reports.worker_started(stage.worker)
        for person in people:
            leave = await person.until("leave")
            assert leave.action == LeaveRequest.RECONNECT
            assert await person.closed() == []
        assert asyncio.get_running_loop().time() - started_s < 0.6
        assert stage.worker.commands == []
        for identity in ("mara", "juno", "kim"):
            await stage.join(identity)
        assert len(stage.worker.of(OpenRoom)) == 1
        assert stage.kinds() == ["started", "joined mara", "joined juno", "joined kim"]
        assert len(stage.room.participants) == 3

    play(story)


def test_suppression_given_with_the_ticket_holds_at_the_join() -> None:
    async def story(stage: Stage) -> None:
        token = stage.token("mara", Rights(suppressed=True))
        mara = stage.connect("mara", join_request(), token)
        await mara.until("join")
        participant = stage.room.of("mara")
        assert participant is not None
        assert participant.rights.suppressed

    play(story)
