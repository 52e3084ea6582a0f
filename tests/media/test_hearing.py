"""What the worker says of legs that talk, told to voice and to browsers."""

from collections.abc import AsyncIterator

from allmende.core.ports.audio import (
    Aim,
    AudioEvent,
    LegCounts,
    ResyncWanted,
    Session,
    SlotTaken,
    Talking,
    Tunnelled,
)
from allmende.media.control import Report
from allmende.media.hearing import LEVEL
from allmende.media.voicing import (
    MumbleCount,
    MumbleCounts,
    ResyncNeeded,
    SlotFilled,
    Talks,
    TunnelOut,
)
from allmende.protocols.livekit.messages import SpeakerInfo
from tests.media.signal.stage import CALL, FakeWorker, Stage, play
from tests.media.test_audio import JUNO, KIM, heard, open_leg, stand


def _said(stage: Stage, *reports: Report) -> AsyncIterator[AudioEvent]:
    events = stage.audio.events()
    for report in reports:
        stage.reports.reported(stage.worker, report)
    return events


def test_a_native_leg_that_talks_is_shown_to_browsers_as_a_speaker() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        sid = await stand(stage)
        await mara.quiet()
        events = _said(
            stage,
            Talks(room=CALL, leg=sid, talking=True, aim="talk"),
            Talks(room=CALL, leg=sid, talking=False, aim="talk"),
        )
        participant = stage.audio.legs[JUNO].participant
        assert participant is not None
        on, off = [(await mara.until("speakers_changed")).speakers[0] for _ in range(2)]
        assert on == SpeakerInfo(sid=participant.sid, level=LEVEL, active=True)
        assert off == SpeakerInfo(sid=participant.sid, level=0.0, active=False)
        assert await heard(events, 2) == [
            Talking(CALL, "juno", talking=True),
            Talking(CALL, "juno", talking=False),
        ]

    play(story)


def test_who_comes_while_somebody_talks_is_told_so() -> None:
    async def story(stage: Stage) -> None:
        sid = await stand(stage)
        await stand(stage, KIM, "kim")
        _said(stage, Talks(room=CALL, leg=sid, talking=True, aim="talk"))
        mara = await stage.join("mara")
        participant = stage.audio.legs[JUNO].participant
        assert participant is not None
        told = [s for message in mara.heard for s in message.speakers_changed.speakers]
        assert [(speaker.sid, speaker.active) for speaker in told] == [(participant.sid, True)]

    play(story)


def test_a_whisper_is_told_to_voice_alone() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        sid = await stand(stage)
        await mara.quiet()
        events = _said(stage, Talks(room=CALL, leg=sid, talking=True, aim="whisper"))
        assert await heard(events, 1) == [Talking(CALL, "juno", talking=True, aim=Aim.WHISPER)]
        mara.say(ping=1)
        await mara.until("pong")
        assert not mara.heard[-2].HasField("speakers_changed")

    play(story)


def test_browsers_that_talk_are_told_by_identity_and_strangers_not_at_all() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        sid = await open_leg(stage)  # stands in no call
        events = _said(
            stage,
            Talks(room=CALL, leg="PA_gone", talking=True, aim="talk"),
            Talks(room=CALL, leg=sid, talking=True, aim="talk"),
            Talks(room="r99", leg=mara.sid, talking=True, aim="talk"),
            Talks(room=CALL, leg=mara.sid, talking=True, aim="talk"),
        )
        assert await heard(events, 1) == [Talking(CALL, "mara", talking=True)]

    play(story)


def test_with_the_worker_all_speech_ends() -> None:
    async def story(stage: Stage) -> None:
        sid = await stand(stage)
        events = _said(stage, Talks(room=CALL, leg=sid, talking=True, aim="shout"))
        stage.reports.worker_died(FakeWorker(1))
        stage.reports.worker_died(stage.worker)
        stage.reports.worker_started(FakeWorker(1))
        assert await heard(events, 2) == [
            Talking(CALL, "juno", talking=True, aim=Aim.SHOUT),
            Talking(CALL, "juno", talking=False, aim=Aim.SHOUT),
        ]

    play(story)


def test_packets_for_tunnels_are_told_once_for_all_who_are_still_there() -> None:
    async def story(stage: Stage) -> None:
        juno, kim = await open_leg(stage), await open_leg(stage, KIM)
        events = _said(
            stage,
            TunnelOut(legs=("ML_gone",), packet=b"a"),
            TunnelOut(legs=(juno, "ML_gone", kim), packet=b"b"),
        )
        assert await heard(events, 1) == [Tunnelled([JUNO, KIM], b"b")]

    play(story)


def test_counts_and_wishes_for_a_new_nonce_concern_one_leg() -> None:
    async def story(stage: Stage) -> None:
        sid = await open_leg(stage)
        counts = (MumbleCount(sid, 1, 2, 3, 4, 5, 6), MumbleCount("ML_gone", 0, 0, 0, 0, 0, 0))
        events = _said(
            stage,
            MumbleCounts(counts=counts),
            ResyncNeeded(leg="ML_gone"),
            ResyncNeeded(leg=sid),
        )
        assert await heard(events, 1) == [ResyncWanted(JUNO)]
        assert stage.audio.counts(JUNO) == LegCounts(
            good=1, late=2, lost=3, resync=4, udp_packets=5, tcp_packets=6
        )

    play(story)


def test_slots_are_told_by_identity_and_whispers_only_to_those_who_hear_them() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        sid = await stand(stage)
        events = _said(
            stage,
            SlotFilled(room="r99", slot=0, leg=sid),
            SlotFilled(room=CALL, slot=0, leg=sid),
            SlotFilled(room=CALL, slot=1, leg=sid, to=(mara.sid,)),
            SlotFilled(room=CALL, slot=2, leg=sid, to=("PA_gone",)),
            SlotFilled(room=CALL, slot=0, leg=""),
        )
        assert await heard(events, 3) == [
            SlotTaken(CALL, 1, "juno"),
            SlotTaken(CALL, 2, "juno", ("mara",)),
            SlotTaken(CALL, 1, ""),
        ]

    play(story)


def test_a_browser_without_a_session_changes_no_target() -> None:
    async def story(stage: Stage) -> None:
        await open_leg(stage)
        await stage.audio.aim(JUNO, 1, [Session(9)])
        told = len(stage.worker.commands)
        await stage.join("mara")
        assert [type(c).__name__ for c in stage.worker.commands[told:]] == [
            "OpenRoom",
            "OpenLeg",
            "SetRemote",
        ]

    play(story)
