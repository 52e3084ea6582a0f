"""Our end and the client's end of a transport."""

import pytest

from allmende.core.ports.conference import CallPlan
from allmende.media.control import RestartIce, SetRemote
from allmende.media.signal.transport import OfferRefused, settle
from allmende.protocols.sdp.parse import parse
from tests.media.signal.stage import CALL, FINGERPRINT, OURS, Offering, Stage, kept_offer, play


def test_the_worker_learns_the_clients_end_once() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await mara.offer()
        (remote,) = stage.worker.of(SetRemote)
        assert (remote.fingerprint, remote.ufrag) == (FINGERPRINT, "abcd")
        assert (remote.sctp_port, remote.max_message_bytes) == (5000, 262144)

    play(story)


def test_a_new_ufrag_is_an_ice_restart_and_the_version_grows() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        offer = parse(Offering(ufrag="wxyz").text())
        first = await settle(stage.room, mara.participant, offer)
        second = await settle(stage.room, mara.participant, offer)
        assert len(stage.worker.of(RestartIce)) == 1
        assert first.ufrag == second.ufrag == "ours2"
        assert first.fingerprint == OURS
        assert second.version == first.version + 1
        assert second.session_id == first.session_id

    play(story)


@pytest.mark.parametrize(("audio_first", "ptime_ms"), [(False, 0), (True, 40)])
def test_where_sound_comes_first_its_packets_are_long(audio_first: bool, ptime_ms: int) -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        stage.calls.open(CallPlan(CALL, max_participants=20, audio_first=audio_first))
        local = await settle(stage.room, mara.participant, parse(Offering().text()))
        assert local.ptime_ms == ptime_ms

    play(story)


@pytest.mark.parametrize("name", ["chromium_1", "python_1", "firefox_1"])
def test_real_offers_say_all_that_is_needed(name: str) -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.participant.sections.remote = None
        await settle(stage.room, mara.participant, parse(kept_offer(name)))
        remote = stage.worker.of(SetRemote)[-1]
        assert remote.sctp_port == 5000
        assert remote.fingerprint.count(":") == 31

    play(story)


def test_an_offer_without_keys_is_refused() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        text = Offering().text().replace("a=fingerprint", "a=x")
        with pytest.raises(OfferRefused):
            await settle(stage.room, mara.participant, parse(text))

    play(story)
