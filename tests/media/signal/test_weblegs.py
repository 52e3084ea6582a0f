"""Light pages in a call: one offer, one answer, then rights and flags like everybody."""

import pytest

from allmende.core.errors import InvalidInput, NotFound, Unavailable
from allmende.core.ports.audio import (
    LegFlags,
    LegMuted,
    LegRemoved,
    LegRights,
    OfferWanted,
    Session,
    WebAnswer,
)
from allmende.core.ports.conference import MUTED_ATTRIBUTE, CallId, Invitee, Rights, Source
from allmende.media.control import (
    AddDown,
    AddUp,
    CloseLeg,
    CloseUp,
    LegDown,
    LegUp,
    OpenLeg,
    RestartIce,
    SetDown,
    SetMuted,
    SetRemote,
    SetRights,
)
from allmende.media.signal import moderation
from allmende.media.voicing import NumberLeg, OpenSlots
from allmende.protocols.livekit.messages import DisconnectReason, TrackSource
from allmende.protocols.sdp.parse import parse
from tests.media.signal.stage import CALL, FINGERPRINT, Stage, play
from tests.media.signal.test_native import seen
from tests.media.signal.test_webanswer import page_offer

KIM = Session(8)


def _who(identity: str = "kim", rights: Rights | None = None) -> Invitee:
    return Invitee(identity, identity.upper(), rights or Rights(), {"allmende.role": "guest"})


async def come(stage: Stage, rights: Rights | None = None) -> tuple[WebAnswer, str]:
    """Let a page in; return its answer and its sid, with media up."""
    answer = await stage.audio.open_web(CALL, _who(rights=rights), page_offer().text())
    stage.audio.number(CALL, "kim", KIM)
    sid = stage.worker.of(OpenLeg)[-1].leg
    stage.reports.reported(stage.worker, LegUp(leg=sid, srtp_profile="x"))
    return answer, sid


def test_a_page_gets_an_answer_with_a_microphone_and_every_slot() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        answer, sid = await come(stage)
        assert answer.slots == 4
        described = parse(answer.sdp)
        assert described.sections[0].ice.ufrag == "ours2"
        opened = stage.worker.of(OpenSlots)[0]
        assert not opened.direct
        up = stage.worker.of(AddUp)[0]
        assert (up.leg, up.mid, up.source, up.muted) == (sid, "0", "microphone", False)
        assert [codec.name for codec in up.codecs] == ["opus"]
        downs = [down for down in stage.worker.of(AddDown) if down.leg == sid]
        assert tuple(down.up for down in downs) == opened.ups
        assert [down.ssrc for down in downs] == [s.ssrcs[0].ssrc for s in described.sections[1:]]
        assert [down.mid for down in downs] == ["1", "2", "3", "4"]
        assert stage.worker.of(SetRemote)[-1].leg == sid
        assert stage.worker.of(NumberLeg)[-1].leg == sid
        assert stage.kinds()[-2:] == ["joined kim", "published kim microphone"]
        info = await seen(mara, "kim")
        assert info.attributes["allmende.client"] == "web"
        assert [t.source for t in info.tracks] == [TrackSource.MICROPHONE]
        assert not set(stage.room.participants[sid].tracks) & set(mara.participant.subscriptions)
        assert not stage.room.participants[sid].subscriptions

    play(story)


def test_with_a_page_in_the_call_clients_hear_each_other_through_slots() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.settle()
        await come(stage)
        assert track not in juno.participant.subscriptions

    play(story)


def test_after_a_cut_the_same_page_goes_on_with_new_credentials() -> None:
    async def story(stage: Stage) -> None:
        first, sid = await come(stage)
        again = await stage.audio.open_web(CALL, _who(), page_offer(ufrag="efgh").text())
        assert [c.leg for c in stage.worker.of(RestartIce)] == [sid]
        assert len(stage.worker.of(OpenLeg)) == 1
        assert len(stage.worker.of(AddUp)) == 1
        one, two = parse(first.sdp), parse(again.sdp)
        assert one.sections[0].ice.ufrag != two.sections[0].ice.ufrag
        assert two.version == one.version + 1
        assert [s.ssrcs for s in one.sections] == [s.ssrcs for s in two.sections]
        assert stage.kinds().count("joined kim") == 1

    play(story)


def test_a_page_that_was_loaded_anew_replaces_its_leg_without_a_word_to_others() -> None:
    async def story(stage: Stage) -> None:
        _, former = await come(stage)
        events = stage.audio.events()
        text = page_offer().text().replace(FINGERPRINT, ":".join(["EF"] * 32))
        await stage.audio.open_web(CALL, _who(), text)
        sid = stage.worker.of(OpenLeg)[-1].leg
        assert [c.leg for c in stage.worker.of(CloseLeg)] == [former]
        assert stage.worker.of(NumberLeg)[-1].leg == sid
        stage.reports.reported(stage.worker, LegUp(leg=sid, srtp_profile="x"))
        assert [kind for kind in stage.kinds() if "joined" in kind or "left" in kind] == [
            "joined kim"
        ]
        await moderation.set_rights(stage.room, "kim", Rights())
        assert await anext(events) == LegRights(KIM, Rights())

    play(story)


def _without_fingerprint() -> str:
    lines = page_offer().text().split("\r\n")
    return "\r\n".join(line for line in lines if "fingerprint" not in line)


@pytest.mark.parametrize("text", ["", "v=0", page_offer(3).text(), _without_fingerprint()])
def test_an_offer_that_does_not_fit_is_refused_before_anything_changes(text: str) -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(InvalidInput) as refused:
            await stage.audio.open_web(CALL, _who(), text)
        assert refused.value.message_id == "voice.offer"
        assert stage.worker.commands == []
        assert stage.room.slots is None

    play(story)


@pytest.mark.parametrize("what", [AddUp, AddDown, SetRemote])
def test_what_the_worker_refuses_leaves_nobody_behind(what: type) -> None:
    async def story(stage: Stage) -> None:
        stage.worker.refuses = (what,)
        with pytest.raises(Unavailable):
            await stage.audio.open_web(CALL, _who(), page_offer().text())
        assert stage.room.participants == {}
        assert len(stage.worker.of(CloseLeg)) == 1

    play(story)


def test_a_call_that_is_over_cannot_be_entered() -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(NotFound):
            await stage.audio.open_web(CallId("r99"), _who(), page_offer().text())

    play(story)


def test_mute_and_deafness_reach_its_microphone_and_its_slots() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        _, sid = await come(stage)
        stage.audio.set_flags(KIM, LegFlags(self_mute=True, self_deaf=True))
        assert [c.muted for c in stage.worker.of(SetMuted)] == [True]
        assert (await seen(mara, "kim")).tracks[0].muted
        downs = {down.down for down in stage.worker.of(AddDown) if down.leg == sid}
        assert {c.down for c in stage.worker.of(SetDown) if c.disabled} == downs
        stage.audio.set_flags(KIM, LegFlags())
        assert [c.muted for c in stage.worker.of(SetMuted)] == [True, False]
        assert not (await seen(mara, "kim")).tracks[0].muted

    play(story)


def test_moderation_is_in_force_and_told() -> None:
    async def story(stage: Stage) -> None:
        _, sid = await come(stage)
        events = stage.audio.events()
        await moderation.mute(stage.room, "kim", Source.MICROPHONE)
        assert await anext(events) == LegMuted(KIM)
        assert stage.worker.of(SetMuted)[-1].muted
        quiet = Rights(suppressed=True)
        await moderation.set_rights(stage.room, "kim", quiet)
        assert await anext(events) == LegRights(KIM, quiet)
        assert stage.worker.of(SetRights)[-1].leg == sid
        stage.audio.set_flags(KIM, LegFlags())
        assert stage.worker.of(SetMuted)[-1].muted
        await moderation.set_rights(stage.room, "kim", Rights())
        assert not stage.worker.of(SetMuted)[-1].muted

    play(story)


def test_a_facilitator_lets_it_speak_again_but_opens_no_microphone_that_it_shut() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await come(stage)
        kim, events = stage.room.of("kim"), stage.audio.events()
        assert kim is not None
        kim.end.unmuted()  # nobody muted it
        await moderation.mute(stage.room, "kim", Source.MICROPHONE)
        assert (await seen(mara, "kim")).attributes[MUTED_ATTRIBUTE] == "yes"
        kim.end.unmuted()
        told = [await anext(events), await anext(events)]
        assert told == [LegMuted(KIM), LegMuted(KIM, muted=False)]
        shown = await seen(mara, "kim")
        assert (shown.tracks[0].muted, MUTED_ATTRIBUTE in shown.attributes) == (False, False)
        stage.audio.set_flags(KIM, LegFlags(self_mute=True, muted=True))
        kim.end.unmuted()
        assert (await seen(mara, "kim")).tracks[0].muted

    play(story)


def test_a_microphone_that_was_taken_away_comes_back_in_its_section() -> None:
    async def story(stage: Stage) -> None:
        await come(stage, Rights(sources=frozenset()))
        assert stage.worker.of(AddUp) == []
        await moderation.set_rights(stage.room, "kim", Rights())
        await moderation.set_rights(stage.room, "kim", Rights(sources=frozenset()))
        await moderation.set_rights(stage.room, "kim", Rights())
        first, second = stage.worker.of(AddUp)
        assert (first.mid, second.mid) == ("0", "0")
        assert first.up != second.up
        assert [c.up for c in stage.worker.of(CloseUp)] == [first.up]
        assert stage.kinds()[-1] == "published kim microphone"

    play(story)


@pytest.mark.parametrize("how", ["removed", "ended", "lost", "closed"])
def test_who_is_put_out_is_told_by_voice(how: str) -> None:
    async def story(stage: Stage) -> None:
        _, sid = await come(stage)
        events = stage.audio.events()
        if how == "removed":
            moderation.remove(stage.room, "kim")
        elif how == "ended":
            stage.calls.close(stage.room, DisconnectReason.ROOM_DELETED)
        else:
            why = "consent" if how == "lost" else "closed"
            stage.reports.reported(stage.worker, LegDown(leg=sid, why=why))
        assert await anext(events) == LegRemoved(KIM, how == "ended")
        assert stage.room.participants == {}
        assert "left kim" in stage.kinds()

    play(story)


def test_who_leaves_is_closed_and_may_come_again() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        _, sid = await come(stage)
        events = stage.audio.events()
        await stage.audio.close(KIM)
        stage.audio.told.tell(LegMuted(KIM))
        assert await anext(events) == LegMuted(KIM)  # it knows that it left
        assert [c.leg for c in stage.worker.of(CloseLeg)] == [sid]
        assert stage.kinds()[-1] == "left kim"
        stage.audio.number(CALL, "mara", Session(9))
        await stage.audio.close(Session(9))
        stage.audio.set_flags(Session(9), LegFlags(self_mute=True))
        assert mara.participant.active
        await come(stage)
        assert stage.kinds()[-1] == "published kim microphone"

    play(story)


@pytest.mark.parametrize("comes", [True, False])
def test_after_the_death_of_the_worker_a_page_is_asked_to_offer_again(comes: bool) -> None:
    async def story(stage: Stage) -> None:
        await come(stage)
        events = stage.audio.events()
        stage.reports.worker_died(stage.worker)
        stage.worker.generation = 2
        stage.reports.worker_started(stage.worker)
        assert await anext(events) == OfferWanted(KIM)
        if comes:
            await come(stage)
        stage.clock.turn(16)
        stage.calls.tick()
        assert ("left kim" in stage.kinds()) is not comes
        assert stage.kinds().count("joined kim") == 1
        assert len(stage.room.participants) == comes

    play(story)


def test_a_page_whose_media_never_comes_is_given_up() -> None:
    async def story(stage: Stage) -> None:
        await stage.audio.open_web(CALL, _who(), page_offer().text())
        stage.clock.turn(31)
        stage.calls.tick()
        assert stage.room.participants == {}
        assert not any("joined" in kind or "left" in kind for kind in stage.kinds())

    play(story)
