"""What the worker is told when an offer comes, and what happens if it cannot."""

import pytest

from allmende.media.control import AddDown, AddUp, CloseDown, SetRemote
from allmende.media.signal.negotiation import answer_offer, negotiate
from allmende.media.signal.transport import OfferRefused
from allmende.protocols.livekit.messages import SessionDescription, TrackSource
from tests.media.signal.stage import Stage, kept_offer, play


def test_the_worker_is_told_all_about_an_up() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        track = await mara.publish(TrackSource.MICROPHONE, "mic", disable_red=True)
        camera = await mara.publish(TrackSource.CAMERA, "cam", width=640, height=360, muted=True)
        mic, cam = stage.worker.of(AddUp)
        assert (mic.up, mic.leg, mic.kind, mic.source) == (track, mara.sid, "audio", "microphone")
        assert [c.name for c in mic.codecs] == ["opus"]
        assert (cam.up, cam.width, cam.height, cam.muted) == (camera, 640, 360, True)
        assert [c.name for c in cam.codecs] == ["vp8", "rtx"]
        assert mara.participant.tracks[camera].info.mid == cam.mid

    play(story)


def test_red_is_stripped_for_those_who_do_not_know_it() -> None:
    async def story(stage: Stage) -> None:
        mara, juno, kim = await stage.call("mara", "juno", "kim")
        for section in list(kim.offering.sections):
            if section.kind == "audio":
                plain = type(section)(
                    kind="audio",
                    mid=section.mid,
                    direction=section.direction,
                    formats=section.formats[:1],
                )
                kim.offering.sections[int(section.mid)] = plain
        await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.settle()
        await kim.settle()
        strips = {c.leg: c.strip_red for c in stage.worker.of(AddDown)}
        assert strips == {juno.sid: False, kim.sid: True}

    play(story)


def test_a_section_that_went_away_takes_its_down_along() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.settle()
        used = next(iter(juno.mids))
        juno.offering.stop(used)
        await juno.offer()
        assert list(juno.mids.values()) == [track]
        assert list(juno.mids) != [used]
        first, second = stage.worker.of(AddDown)
        assert [c.down for c in stage.worker.of(CloseDown)] == [first.down]
        assert first.down != second.down

    play(story)


def test_offers_of_those_whose_worker_died_are_passed_over() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        participant = mara.participant
        again = SessionDescription(type="offer", sdp=kept_offer("chromium_1"), id=9)
        participant.sections.remote = None
        stage.worker.gone = True
        await answer_offer(stage.room, participant, again)
        stage.worker.gone = False
        stage.worker.refuses = (SetRemote,)
        participant.lost = True
        await answer_offer(stage.room, participant, again)
        assert mara.waiting() == []
        participant.lost = False
        participant.sections.remote = None
        with pytest.raises(OfferRefused):
            await answer_offer(stage.room, participant, again)

    play(story)


def test_a_worker_that_dies_during_an_answer_ends_it() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        stage.worker.ready = None
        mara.participant.sections.remote = None
        again = SessionDescription(type="offer", sdp=kept_offer("chromium_1"), id=9)
        await answer_offer(stage.room, mara.participant, again)
        assert mara.waiting() == []

    play(story)


def test_a_negotiator_whose_websocket_was_replaced_leaves_the_offer_to_the_next() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        participant = mara.participant
        participant.offer = SessionDescription(sdp="rubbish")
        participant.offered.set()
        await negotiate(stage.room, participant, stage.clock.monotonic_s, lambda: False)
        assert participant.offer is not None
        participant.offered.clear()

    play(story)
