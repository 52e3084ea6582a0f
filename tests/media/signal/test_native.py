"""A native leg in a call: how others see it, and how moderation reaches it."""

import asyncio
import json

import pytest

from allmende.core.ports.audio import LegFlags, LegMuted, LegPlan, LegRemoved, LegRights, Session
from allmende.core.ports.conference import (
    MUTED_ATTRIBUTE,
    RECORDING_ATTRIBUTE,
    CallId,
    CallPlan,
    Invitee,
    Rights,
    Source,
)
from allmende.media.control import AddDown, OpenRoom, SendData
from allmende.media.signal import moderation
from allmende.media.signal.native import NativeLeg
from allmende.media.voicing import (
    FlagMumble,
    LimitMumble,
    ListenMumble,
    NumberLeg,
    OpenMumble,
    PlaceMumble,
)
from allmende.protocols.livekit.messages import (
    DataPacket,
    DisconnectReason,
    ParticipantInfo,
    TrackSource,
)
from tests.media.signal.stage import CALL, Client, Stage, play

JUNO = Session(7)
OTHER = CallId("r8")


async def stand(stage: Stage, identity: str = "juno", rights: Rights | None = None) -> NativeLeg:
    """Let a native leg stand in the call."""
    who = Invitee(identity, identity.upper(), rights or Rights(), {"allmende.role": "member"})
    await stage.audio.open(LegPlan(session=JUNO, source="192.0.2.9", protobuf=False))
    await stage.audio.place(JUNO, CALL, who)
    return stage.audio.legs[JUNO]


async def seen(client: Client, identity: str = "juno") -> ParticipantInfo:
    """Return how ``client`` was last told that somebody looks."""
    await client.quiet()
    infos = [
        info
        for message in client.heard
        for info in [*message.update.participants, *message.join.other_participants]
        if info.identity == identity
    ]
    return infos[-1]


def test_it_stands_in_the_list_like_anybody_with_a_microphone() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await stand(stage)
        info = await seen(mara)
        assert (info.name, info.state) == ("JUNO", ParticipantInfo.ACTIVE)
        assert dict(info.attributes) == {"allmende.role": "member", "allmende.client": "mumble"}
        assert [(t.source, t.muted) for t in info.tracks] == [(TrackSource.MICROPHONE, False)]
        late = await stage.join("late")
        assert (await seen(late)).sid == info.sid
        assert stage.room.info().num_participants == 3
        there = [p.present() for p in stage.room.participants.values() if p.known]
        assert there[1].publishes == {Source.MICROPHONE}

    play(story)


def test_nobody_gets_a_section_for_it_and_it_gets_none() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        leg = await stand(stage)
        await mara.publish(TrackSource.CAMERA, "cam")
        await mara.settle()
        assert leg.participant is not None
        assert leg.participant.subscriptions == {}
        own = set(leg.participant.tracks)
        assert not own & set(mara.participant.subscriptions)
        assert not own & {c.up for c in stage.worker.of(AddDown)}

    play(story)


def test_its_own_mute_is_shown_and_everybody_elses_too() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await stand(stage)
        stage.audio.set_flags(JUNO, LegFlags(self_mute=True))
        assert (await seen(mara)).tracks[0].muted
        stage.audio.set_flags(JUNO, LegFlags())
        assert not (await seen(mara)).tracks[0].muted
        stage.audio.set_flags(JUNO, LegFlags(self_deaf=True))
        assert not (await seen(mara)).tracks[0].muted

    play(story)


def test_a_facilitator_mutes_it_in_the_worker_first() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        leg = await stand(stage)
        events = stage.audio.events()
        stage.worker.keeps = (FlagMumble,)
        muting = asyncio.ensure_future(moderation.mute(stage.room, "juno", Source.MICROPHONE))
        await asyncio.sleep(0)
        assert stage.worker.of(FlagMumble)[-1].silent
        assert not leg.flags.muted
        stage.worker.answer()
        await muting
        assert leg.flags == LegFlags(muted=True)
        assert await anext(events) == LegMuted(JUNO)
        assert (await seen(mara)).tracks[0].muted
        await moderation.mute(stage.room, "juno", Source.CAMERA)
        stage.audio.set_flags(JUNO, LegFlags())
        assert not (await seen(mara)).tracks[0].muted

    play(story)


def test_a_facilitator_lets_it_speak_again_but_opens_no_microphone_that_it_shut() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        leg = await stand(stage)
        events = stage.audio.events()
        await moderation.mute(stage.room, "juno", Source.MICROPHONE)
        assert (await seen(mara)).attributes[MUTED_ATTRIBUTE] == "yes"
        leg.unmuted()
        assert not stage.worker.of(FlagMumble)[-1].silent
        assert leg.flags == LegFlags()
        told = [await anext(events), await anext(events)]
        assert told == [LegMuted(JUNO), LegMuted(JUNO, muted=False)]
        shown = await seen(mara)
        assert MUTED_ATTRIBUTE not in shown.attributes
        assert not shown.tracks[0].muted
        stage.audio.set_flags(JUNO, LegFlags(self_mute=True, muted=True))
        leg.unmuted()
        assert stage.worker.of(FlagMumble)[-1].silent
        assert (await seen(mara)).tracks[0].muted
        said = len(stage.worker.of(FlagMumble))
        leg.unmuted()  # nobody muted it
        assert len(stage.worker.of(FlagMumble)) == said

    play(story)


def test_who_muted_themself_is_muted_by_a_facilitator_all_the_same() -> None:
    async def story(stage: Stage) -> None:
        leg = await stand(stage)
        stage.audio.set_flags(JUNO, LegFlags(self_mute=True))
        await moderation.mute(stage.room, "juno", Source.MICROPHONE)
        assert leg.flags == LegFlags(self_mute=True, muted=True)

    play(story)


def test_suppression_is_in_force_and_shown_and_ends_by_itself() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        leg = await stand(stage)
        events = stage.audio.events()
        quiet = Rights(suppressed=True)
        await moderation.set_rights(stage.room, "juno", quiet)
        assert stage.worker.of(PlaceMumble)[-1].suppressed
        assert (await seen(mara)).tracks[0].muted
        await moderation.set_rights(stage.room, "juno", Rights())
        assert not stage.worker.of(PlaceMumble)[-1].suppressed
        assert not (await seen(mara)).tracks[0].muted
        assert await anext(events) == LegRights(JUNO, quiet)
        assert await anext(events) == LegRights(JUNO, Rights())
        assert {c.room for c in stage.worker.of(PlaceMumble)} == {CALL}
        assert {c.leg for c in stage.worker.of(PlaceMumble)} == {leg.sid}

    play(story)


def test_without_the_right_to_speak_there_is_no_microphone() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await stand(stage, rights=Rights(sources=frozenset()))
        assert not (await seen(mara)).tracks
        assert stage.worker.of(PlaceMumble)[-1].sources == ()
        await moderation.set_rights(stage.room, "juno", Rights())
        assert stage.kinds()[-1] == "published juno microphone"
        await moderation.set_rights(stage.room, "juno", Rights(sources=frozenset()))
        assert stage.kinds()[-1] == "unpublished juno microphone"
        assert not (await seen(mara)).tracks

    play(story)


def test_what_was_decided_before_it_came_holds() -> None:
    async def story(stage: Stage) -> None:
        await moderation.set_rights(stage.room, "juno", Rights(suppressed=True))
        moderation.set_attributes(stage.room, "juno", {"name": "Juno (2)", "allmende.floor": "1"})
        leg = await stand(stage)
        assert leg.participant is not None
        assert leg.participant.name == "Juno (2)"
        placed = stage.worker.of(PlaceMumble)[-1]
        assert (placed.suppressed, placed.first) == (True, True)

    play(story)


def test_the_floor_puts_it_before_others() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        stage.audio.number(CALL, "mara", Session(9))
        await stand(stage)
        for identity in ("juno", "mara"):
            for value in ("1", ""):
                moderation.set_attributes(stage.room, identity, {"allmende.floor": value})
            moderation.set_attributes(stage.room, identity, {"allmende.hand": "2"})
        assert [c.first for c in stage.worker.of(PlaceMumble)] == [False, True, False]
        assert [c.first for c in stage.worker.of(NumberLeg)] == [False, True, False]
        assert (await seen(mara)).attributes["allmende.hand"] == "2"

    play(story)


@pytest.mark.parametrize("how", ["removed", "ended", "elsewhere"])
def test_who_is_put_out_stands_nowhere_and_voice_is_told(how: str) -> None:
    async def story(stage: Stage) -> None:
        leg = await stand(stage)
        events = stage.audio.events()
        if how == "removed":
            moderation.remove(stage.room, "juno")
        elif how == "ended":
            stage.calls.close(stage.room, DisconnectReason.ROOM_DELETED)
        else:
            await stage.join("juno", up=False)
        assert await anext(events) == LegRemoved(JUNO, how == "ended")
        assert (leg.room, leg.participant) == (None, None)
        assert stage.worker.of(PlaceMumble)[-1].room == ""
        assert ("left juno" in stage.kinds()) is (how != "elsewhere")
        stage.audio.set_flags(JUNO, LegFlags(self_mute=True))
        leg.ranked()
        assert stage.worker.of(PlaceMumble)[-1].room == ""

    play(story)


def test_a_browser_of_the_same_identity_is_replaced_without_a_word_to_others() -> None:
    async def story(stage: Stage) -> None:
        former = await stage.join("juno")
        await stand(stage)
        await former.closed()
        assert stage.kinds() == ["started", "joined juno", "published juno microphone"]

    play(story)


def test_it_keeps_the_call_open_and_outlives_every_patience() -> None:
    async def story(stage: Stage) -> None:
        await stand(stage)
        for _ in range(40):
            stage.clock.turn(60)
            stage.calls.tick()
        assert CALL in stage.calls.rooms
        assert len(stage.room.participants) == 1
        await stage.audio.place(JUNO, None, None)
        stage.clock.turn(300)
        stage.calls.tick()
        assert CALL not in stage.calls.rooms

    play(story)


def test_data_is_not_sent_to_it() -> None:
    async def story(stage: Stage) -> None:
        await stand(stage)
        assert stage.room.data("t", b"x") is None
        mara = await stage.join("mara")
        everybody = stage.room.data("t", json.dumps(1).encode())
        assert isinstance(everybody, SendData)
        assert DataPacket.FromString(everybody.packet).user.payload == b"1"
        assert stage.room.data("t", b"x", ["juno"]) is None
        one = stage.room.data("t", b"x", ["juno", "mara"])
        assert isinstance(one, SendData)
        assert one.to == (mara.sid,)

    play(story)


def test_limits_reach_the_worker_once_and_hold_after_its_death() -> None:
    async def story(stage: Stage) -> None:
        sid = (await stand(stage)).sid
        stage.audio.limit(JUNO, bandwidth_bps=40_000, may_whisper=True)
        stage.audio.limit(JUNO, bandwidth_bps=40_000, may_whisper=True)
        assert stage.worker.of(LimitMumble) == [LimitMumble(id=0, leg=sid, bandwidth_bps=40_000)]
        assert [c.may_whisper for c in stage.worker.of(PlaceMumble)] == [False, True]
        stage.audio.reopen(stage.worker)
        assert stage.worker.of(OpenMumble)[-1].bandwidth_bps == 40_000
        assert stage.worker.of(PlaceMumble)[-1].may_whisper

    play(story)


def test_who_listens_listens_again_after_the_death_of_the_worker() -> None:
    async def story(stage: Stage) -> None:
        sid = (await stand(stage)).sid
        stage.calls.open(CallPlan(OTHER, max_participants=20))
        stage.audio.listen(JUNO, [OTHER])
        told = ListenMumble(id=0, leg=sid, rooms=(OTHER,))
        assert stage.worker.of(ListenMumble) == [told]
        rooms = [command.room for command in stage.worker.of(OpenRoom)]
        assert OTHER in rooms
        stage.audio.reopen(stage.worker)
        assert stage.worker.of(ListenMumble) == [told, told]

    play(story)


def test_everybody_is_shown_who_records() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await stand(stage)
        stage.audio.set_flags(JUNO, LegFlags(recording=True))
        assert (await seen(mara)).attributes[RECORDING_ATTRIBUTE] == "yes"
        stage.audio.set_flags(JUNO, LegFlags())
        assert RECORDING_ATTRIBUTE not in (await seen(mara)).attributes

    play(story)
