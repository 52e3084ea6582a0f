"""AudioLegs over a fake worker: native legs in calls, sessions, what the worker is told."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from allmende.core.errors import AllmendeError, Conflict, NotAllowed, NotFound, Unavailable
from allmende.core.ports.audio import (
    Aim,
    AudioEvent,
    AudioLegs,
    LegCounts,
    LegFlags,
    LegPlan,
    Rekeyed,
    ResyncWanted,
    Session,
)
from allmende.core.ports.conference import CallId, CallPlan, Invitee, Rights, Source
from allmende.media.control import CloseRoom, OpenRoom
from allmende.media.signal import moderation
from allmende.media.voicing import (
    AimMumble,
    CloseMumble,
    FlagMumble,
    FormatMumble,
    NumberLeg,
    OpenMumble,
    OpenSlots,
    PlaceMumble,
    PublicCount,
    ResyncMumble,
    TunnelIn,
)
from allmende.protocols.livekit.messages import DisconnectReason, TrackSource
from tests.media.signal.stage import CALL, FakeWorker, Stage, play

JUNO = Session(7)
KIM = Session(8)
OTHER = CallId("r8")


async def open_leg(stage: Stage, session: Session = JUNO) -> str:
    """Open a native leg; return its name in the worker."""
    await stage.audio.open(LegPlan(session=session, source="192.0.2.9", protobuf=False))
    return stage.audio.legs[session].sid


def invitee(identity: str = "juno", rights: Rights | None = None, role: str = "member") -> Invitee:
    """Somebody whom the call let in."""
    return Invitee(identity, identity.upper(), rights or Rights(), {"allmende.role": role})


async def stand(stage: Stage, session: Session = JUNO, identity: str = "juno") -> str:
    """Open a leg and let it stand in the call."""
    sid = await open_leg(stage, session)
    await stage.audio.place(session, CALL, invitee(identity))
    return sid


async def heard(events: AsyncIterator[AudioEvent], count: int) -> list[AudioEvent]:
    """Take ``count`` events."""
    return [await anext(events) for _ in range(count)]


def test_it_is_audio_legs() -> None:
    async def story(stage: Stage) -> None:
        legs: AudioLegs = stage.audio
        assert legs.counts(JUNO) == LegCounts()

    play(story)


def test_a_leg_is_opened_with_keys_of_its_own() -> None:
    async def story(stage: Stage) -> None:
        plan = LegPlan(session=JUNO, source="192.0.2.9", protobuf=True, bandwidth_bps=40_000)
        keys = await stage.audio.open(plan)
        told = stage.worker.of(OpenMumble)[0]
        assert (told.session, told.source, told.protobuf) == (7, "192.0.2.9", True)
        assert (told.bandwidth_bps, told.tcp_only) == (40_000, False)
        assert (told.key, told.client_nonce, told.server_nonce) == (
            keys.key,
            keys.client_nonce,
            keys.server_nonce,
        )
        assert {len(told.key), len(told.client_nonce), len(told.server_nonce)} == {16}
        assert len({told.key, told.client_nonce, told.server_nonce}) == 3
        with pytest.raises(Conflict, match=r"voice\.session-taken"):
            await stage.audio.open(plan)

    play(story)


@pytest.mark.parametrize("how", ["down", "gone", "refused"])
def test_without_a_worker_no_leg_is_opened(how: str) -> None:
    async def story(stage: Stage) -> None:
        _break(stage.worker, how)
        plan = LegPlan(session=JUNO, source="192.0.2.9", protobuf=True)
        with pytest.raises(Unavailable):
            await stage.audio.open(plan)
        assert stage.audio.legs == {}
        assert stage.audio.by_sid == {}

    play(story)


def test_a_leg_whose_connection_goes_while_it_is_opened_is_closed() -> None:
    async def story(stage: Stage) -> None:
        stage.worker.keeps = (OpenMumble,)
        opening = asyncio.ensure_future(open_leg(stage))
        await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])
        assert stage.audio.legs == {}
        assert stage.worker.of(CloseMumble)[0].leg == stage.worker.of(OpenMumble)[0].leg

    play(story)


def _break(worker: FakeWorker, how: str) -> None:
    match how:
        case "down":
            worker.ready = None
        case "gone":
            worker.gone = True
        case _:
            worker.refuses = (OpenMumble, PlaceMumble, ResyncMumble)


def test_a_leg_that_is_placed_has_its_rights_before_anybody_is_told() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        sid = await open_leg(stage)
        rights = Rights(sources=frozenset({Source.MICROPHONE, Source.CAMERA}), suppressed=True)
        await stage.audio.place(JUNO, CALL, invitee(rights=rights, role="facilitator"))
        told = stage.worker.of(PlaceMumble)
        assert told == [
            PlaceMumble(
                id=0, leg=sid, room=CALL, sources=("microphone",), suppressed=True, first=True
            )
        ]
        kinds = [type(command) for command in stage.worker.commands]
        assert kinds.index(OpenSlots) < kinds.index(PlaceMumble)
        assert "joined juno" in stage.kinds()
        await mara.quiet()
        assert [p.identity for p in stage.room.participants.values()] == ["mara", "juno"]

    play(story)


def test_the_first_leg_of_a_call_makes_the_room_and_its_slots() -> None:
    async def story(stage: Stage) -> None:
        await stand(stage)
        await stand(stage, KIM, "kim")
        assert len(stage.worker.of(OpenRoom)) == 1
        opened = stage.worker.of(OpenSlots)
        assert [(len(slots.ups), slots.direct) for slots in opened] == [(4, True)]
        assert stage.kinds() == [
            "started",
            "joined juno",
            "published juno microphone",
            "joined kim",
            "published kim microphone",
        ]

    play(story)


def test_moving_leaves_the_former_call_in_one_step() -> None:
    async def story(stage: Stage) -> None:
        other = stage.calls.open(CallPlan(OTHER, max_participants=20))
        sid = await stand(stage)
        before = stage.worker.commands[:]
        await stage.audio.place(JUNO, OTHER, invitee("tester"))
        moved = [c for c in stage.worker.commands[len(before) :] if isinstance(c, PlaceMumble)]
        assert [(c.leg, c.room) for c in moved] == [(sid, OTHER)]
        assert stage.room.participants == {}
        assert [p.identity for p in other.participants.values()] == ["tester"]
        assert stage.kinds()[-5:] == [
            "unpublished juno microphone",
            "left juno",
            "started",
            "joined tester",
            "published tester microphone",
        ]
        await stage.audio.place(JUNO, None, None)
        assert stage.worker.of(PlaceMumble)[-1].room == ""
        assert stage.kinds()[-1] == "left tester"
        other.stop()

    play(story)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("no call", NotFound),
        ("removed", NotAllowed),
        ("down", Unavailable),
        ("gone", Unavailable),
        ("refused", Unavailable),
    ],
)
def test_who_cannot_be_placed_stands_where_they_stood(
    how: str, expected: type[AllmendeError]
) -> None:
    async def story(stage: Stage) -> None:
        await stand(stage)
        there = dict(stage.room.participants)
        other = stage.calls.open(CallPlan(OTHER, max_participants=20))
        if how == "no call":
            del stage.calls.rooms[OTHER]
        elif how == "removed":
            moderation.remove(other, "juno")
        else:
            _break(stage.worker, how)
        with pytest.raises(expected):
            await stage.audio.place(JUNO, OTHER, invitee())
        assert stage.room.participants == there
        assert other.participants == {}
        other.stop()

    play(story)


def test_a_call_that_ends_while_a_leg_is_moved_there_is_not_entered() -> None:
    async def story(stage: Stage) -> None:
        sid = await stand(stage)
        stage.calls.open(CallPlan(OTHER, max_participants=20))
        stage.worker.keeps = (PlaceMumble,)
        moving = asyncio.ensure_future(stage.audio.place(JUNO, OTHER, invitee()))
        await asyncio.sleep(0)
        stage.calls.close(stage.calls.rooms[OTHER], DisconnectReason.ROOM_DELETED)
        stage.worker.answer()
        with pytest.raises(NotFound):
            await moving
        last = stage.worker.of(PlaceMumble)[-1]
        assert (last.leg, last.room) == (sid, CALL)
        assert [p.identity for p in stage.room.participants.values()] == ["juno"]

    play(story)


def test_a_call_that_is_opened_anew_meanwhile_is_another_one() -> None:
    async def story(stage: Stage) -> None:
        await stand(stage)
        plan = CallPlan(OTHER, max_participants=20)
        stage.calls.open(plan)
        stage.worker.keeps = (PlaceMumble,)
        moving = asyncio.ensure_future(stage.audio.place(JUNO, OTHER, invitee()))
        await asyncio.sleep(0)
        stage.calls.close(stage.calls.rooms[OTHER], DisconnectReason.ROOM_DELETED)
        again = stage.calls.open(plan)
        stage.worker.answer()
        with pytest.raises(NotFound):
            await moving
        assert again.participants == {}

    play(story)


def test_a_mute_that_crosses_a_move_stays_in_the_room_that_was_left() -> None:
    async def story(stage: Stage) -> None:
        await stand(stage)
        other = stage.calls.open(CallPlan(OTHER, max_participants=20))
        stage.worker.keeps = (FlagMumble,)
        muting = asyncio.ensure_future(moderation.mute(stage.room, "juno", Source.MICROPHONE))
        await asyncio.sleep(0)
        await stage.audio.place(JUNO, OTHER, invitee("tester"))
        stage.worker.answer()
        await muting
        assert stage.audio.legs[JUNO].flags == LegFlags()
        assert not stage.worker.of(FlagMumble)[-1].silent
        other.stop()

    play(story)


def test_what_is_decided_while_a_leg_is_moved_holds_where_it_goes() -> None:
    async def story(stage: Stage) -> None:
        await stand(stage)
        other = stage.calls.open(CallPlan(OTHER, max_participants=20))
        events = stage.audio.events()
        stage.worker.keeps = (PlaceMumble,)
        moving = asyncio.ensure_future(stage.audio.place(JUNO, OTHER, invitee("tester")))
        await asyncio.sleep(0)
        await moderation.set_rights(other, "tester", Rights(suppressed=True))
        restricting = moderation.set_rights(stage.room, "juno", Rights(data=False))
        restricted = asyncio.ensure_future(restricting)
        await asyncio.sleep(0)
        assert [c.room for c in stage.worker.of(PlaceMumble)[1:]] == [OTHER, CALL]
        stage.worker.answer()
        await moving
        await restricted
        stage.audio.told.tell(ResyncWanted(JUNO))
        assert await heard(events, 1) == [ResyncWanted(JUNO)]  # nothing of the room it left
        last = stage.worker.of(PlaceMumble)[-1]
        assert (last.room, last.suppressed) == (OTHER, True)
        other.stop()

    play(story)


def test_a_leg_that_is_closed_leaves_its_call_and_is_unknown() -> None:
    async def story(stage: Stage) -> None:
        sid = await stand(stage)
        await stage.audio.close(JUNO)
        await stage.audio.close(JUNO)
        assert [c.leg for c in stage.worker.of(CloseMumble)] == [sid]
        assert stage.kinds()[-1] == "left juno"
        with pytest.raises(NotFound):
            await stage.audio.place(JUNO, CALL, invitee())
        stage.audio.set_flags(JUNO, LegFlags())
        stage.audio.set_format(JUNO, protobuf=True)
        stage.audio.tunnel(JUNO, b"x")
        assert stage.worker.of(FlagMumble)[1:] == []

    play(story)


def test_flags_format_and_packets_reach_the_worker_in_their_order() -> None:
    async def story(stage: Stage) -> None:
        sid = await open_leg(stage)
        audio = stage.audio
        audio.set_format(JUNO, protobuf=True)
        audio.set_flags(JUNO, LegFlags(self_mute=True))
        audio.set_flags(JUNO, LegFlags(muted=True, self_deaf=True))
        audio.set_flags(JUNO, LegFlags(deaf=True))
        audio.tunnel(JUNO, b"voice")
        assert await audio.resync(JUNO, b"c" * 16) == b"n" * 16
        assert await audio.resync(JUNO, None) == b"n" * 16
        assert stage.worker.commands[1:] == [
            FormatMumble(id=0, leg=sid, protobuf=True),
            FlagMumble(id=0, leg=sid, silent=True, deaf=False),
            FlagMumble(id=0, leg=sid, silent=True, deaf=True),
            FlagMumble(id=0, leg=sid, silent=False, deaf=True),
            TunnelIn(id=0, leg=sid, packet=b"voice"),
            ResyncMumble(id=0, leg=sid, client_nonce=b"c" * 16),
            ResyncMumble(id=0, leg=sid, client_nonce=b""),
        ]
        _break(stage.worker, "refused")
        with pytest.raises(Unavailable):
            await audio.resync(JUNO, None)

    play(story)


def test_targets_name_native_legs_and_browsers_also_after_these_came_anew() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno, kim = await open_leg(stage), await open_leg(stage, KIM)
        stage.audio.number(CALL, "mara", Session(9))
        assert stage.worker.of(NumberLeg) == [NumberLeg(id=0, leg=mara.sid, session=9)]
        await stage.audio.aim(JUNO, 3, [KIM, Session(9), Session(99)])
        await stage.audio.aim(JUNO, 4, [KIM], Aim.SHOUT)
        await stage.audio.aim(JUNO, 4, [])
        first, shout, none = stage.worker.of(AimMumble)
        assert first == AimMumble(id=0, leg=juno, target=3, legs=(kim, mara.sid), whisper=True)
        assert (shout.legs, shout.whisper) == ((kim,), False)
        assert none.legs == ()
        again = await stage.join("mara")
        assert stage.worker.of(NumberLeg)[-1].leg == again.sid
        assert stage.worker.of(AimMumble)[-1].legs == (kim, again.sid)

    play(story)


def test_numbers_of_calls_that_ended_are_forgotten() -> None:
    async def story(stage: Stage) -> None:
        other = stage.calls.open(CallPlan(OTHER, max_participants=20))
        stage.audio.number(OTHER, "mara", Session(9))
        stage.calls.close(other, DisconnectReason.ROOM_DELETED)
        stage.audio.number(OTHER, "mara", Session(9))
        stage.audio.number(CALL, "mara", Session(10))
        await open_leg(stage)
        await stage.audio.aim(JUNO, 1, [Session(9), Session(10)])
        assert stage.worker.of(AimMumble)[-1].legs == ()
        await stage.audio.close(Session(9))

    play(story)


def test_a_call_on_another_worker_moves_to_the_one_with_voice() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        elsewhere = FakeWorker(1)
        moved, stage.worker.commands = stage.room, []
        moved.worker = elsewhere
        await stand(stage)
        assert [c.room for c in elsewhere.of(CloseRoom)] == [CALL]
        assert [c.room for c in stage.worker.of(OpenRoom)] == [CALL]
        assert moved.worker is stage.worker
        assert "leave" in await mara.closed()
        assert not mara.participant.active

    play(story)


def test_after_the_death_of_the_worker_legs_stand_where_they_stood_with_other_keys() -> None:
    async def story(stage: Stage) -> None:
        events = stage.audio.events()
        sid = await stand(stage)
        await open_leg(stage, KIM)
        stage.audio.set_flags(JUNO, LegFlags(self_mute=True))
        stage.audio.set_format(JUNO, protobuf=True)
        await stage.audio.aim(JUNO, 1, [KIM])
        former, stage.worker.commands = stage.worker.of(OpenMumble), []
        slots = stage.room.slots
        assert slots is not None
        ready, stage.worker.ready = stage.worker.ready, None
        stage.reports.worker_died(stage.worker)
        assert list(stage.room.active()) == []
        stage.worker.generation, stage.worker.ready = 2, ready
        stage.reports.worker_started(stage.worker)
        told = await heard(events, 2)
        opened = stage.worker.of(OpenMumble)
        assert [o.leg for o in opened] == [f.leg for f in former]
        assert {o.key for o in opened} & {f.key for f in former} == set()
        assert opened[0].protobuf
        assert [type(e) for e in told] == [Rekeyed, Rekeyed]
        assert [e.keys.key for e in told if isinstance(e, Rekeyed)] == [o.key for o in opened]
        assert [type(c) for c in stage.worker.commands[:5]] == [
            OpenMumble,
            OpenRoom,
            OpenSlots,
            PlaceMumble,
            FlagMumble,
        ]
        assert stage.worker.of(OpenSlots)[0].ups == tuple(slots.tracks)
        assert stage.worker.of(PlaceMumble)[0].leg == sid
        assert stage.worker.of(FlagMumble)[0].silent
        assert len(stage.worker.of(AimMumble)) == 1
        assert [p.identity for p in stage.room.active()] == ["juno", "voice"]
        assert stage.kinds().count("joined juno") == 1

    play(story)


def test_a_leg_that_the_new_worker_refuses_gets_no_keys() -> None:
    async def story(stage: Stage) -> None:
        events = stage.audio.events()
        await stand(stage)
        stage.reports.worker_died(stage.worker)
        stage.worker.refuses = (OpenMumble,)
        stage.worker.generation = 2
        stage.reports.worker_started(stage.worker)
        stage.worker.refuses = ()
        await moderation.set_rights(stage.room, "juno", Rights())
        assert not any(isinstance(event, Rekeyed) for event in await heard(events, 1))

    play(story)


def test_strangers_who_ask_are_told_how_many_only_if_the_operator_wants_it() -> None:
    async def story(stage: Stage) -> None:
        await open_leg(stage)
        assert stage.worker.of(PublicCount) == []
        ready = stage.worker.ready
        assert ready is not None
        stage.worker.ready = msgspec.structs.replace(ready, voice_port=64738)
        await open_leg(stage, KIM)
        assert stage.worker.of(PublicCount) == [
            PublicCount(id=0, users=0, most=300, bandwidth_bps=72_000)
        ]

    play(story)


@pytest.mark.slow
def test_with_seventeen_microphones_sound_comes_through_slots() -> None:
    async def story(stage: Stage) -> None:
        people = await stage.call(*(f"p{number}" for number in range(17)))
        for person in people[:16]:
            await person.publish(TrackSource.MICROPHONE, "mic")
        stage.audio.tick()
        assert stage.worker.of(OpenSlots) == []
        await people[16].publish(TrackSource.MICROPHONE, "mic")
        stage.audio.tick()
        stage.audio.tick()
        assert [slots.direct for slots in stage.worker.of(OpenSlots)] == [False]
        receiver = people[0].participant
        assert stage.room.slots is not None
        assert set(receiver.subscriptions) == set(stage.room.slots.tracks)

    play(story)
