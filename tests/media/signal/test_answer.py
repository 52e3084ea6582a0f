"""Answers to offers that real clients made (offers/), and the rules of binding sections."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.media.signal.answer import (
    Assignment,
    DownWanted,
    Local,
    UpWanted,
    assign,
    host_candidates,
    offered_rids,
    offered_ssrcs,
    write_answer,
)
from allmende.protocols.sdp.model import Description, Direction
from allmende.protocols.sdp.parse import parse
from allmende.protocols.sdp.write import write
from tests.media.signal.stage import Offering, kept_offer

LOCAL = Local(
    ufrag="u",
    pwd="p" * 22,
    fingerprint=":".join(["AA"] * 32),
    candidates=("1 1 udp 1 192.0.2.1 7882 typ host",),
    session_id=5,
    version=3,
)
ALL = [f"{c}_{n}" for c in ("chromium", "firefox", "python") for n in range(1, 5)]
DEPENDENCY = "dependency-descriptor"


def _answer(offer: Description, assignment: Assignment | None = None) -> Description:
    answer = write_answer(offer, assignment or Assignment(), LOCAL)
    assert parse(write(answer)) == answer
    return answer


@pytest.mark.parametrize("name", ALL)
def test_each_section_of_a_real_offer_is_answered_in_order(name: str) -> None:
    offer = parse(kept_offer(name))
    answer = _answer(offer)
    assert [(s.kind, s.mid) for s in answer.sections] == [(s.kind, s.mid) for s in offer.sections]
    assert answer.bundle == tuple(s.mid for s in offer.sections)
    assert all(s.port == 9 for s in answer.sections)
    assert {s.ice.setup for s in answer.sections} == {"passive"}
    assert [bool(s.candidates) for s in answer.sections] == [True] + [False] * (
        len(answer.sections) - 1
    )
    assert answer.sections[0].end_of_candidates
    text = write(answer)
    for line in ("a=ice-lite", "a=extmap-allow-mixed", "a=msid-semantic: WMS *"):
        assert line in text


@pytest.mark.parametrize("name", [name for name in ALL if name != "firefox_3"])
def test_extensions_and_feedback_are_the_same_in_every_section_of_a_kind(name: str) -> None:
    # P1, P2: else libwebrtc numbers nothing, or leaves RID out of later offers.
    answer = _answer(parse(kept_offer(name)))
    for kind in ("audio", "video"):
        sections = [s for s in answer.sections if s.kind == kind]
        assert len({s.extensions for s in sections}) == 1
        assert len({f.feedback for s in sections for f in s.formats[:1]}) == 1
    video = next(s for s in answer.sections if s.kind == "video")
    (vp8,) = [f for f in video.formats if f.name == "VP8"]
    assert {"transport-cc", "nack", "nack pli", "ccm fir"} <= set(vp8.feedback)
    assert "goog-remb" not in vp8.feedback
    uris = {each.uri for each in video.extensions}
    assert any("transport-wide-cc" in uri for uri in uris)
    assert not any("abs-send-time" in uri for uri in uris)


@pytest.mark.parametrize("name", ["chromium_5", "python_5", "firefox_3"])
def test_published_tracks_of_real_clients_find_their_sections(name: str) -> None:
    offer = parse(kept_offer(name))
    sending = [s for s in offer.sections if s.direction is Direction.SENDONLY]
    ups = []
    for section in sending:
        cid = section.msid.track if section.msid and "firefox" not in name else "other"
        ups.append(UpWanted(sid=f"TR_{section.kind}", kind=section.kind, cids=frozenset({cid})))
    assignment = assign(offer, ups[::-1], [])
    assert {m: u.sid for m, u in assignment.ups.items()} == {s.mid: f"TR_{s.kind}" for s in sending}
    answer = _answer(offer, assignment)
    assert {s.mid for s in answer.sections if s.direction is Direction.RECVONLY and s.mid} >= {
        s.mid for s in sending
    }


def test_firefox_offers_rids_only_where_it_sends_them_and_that_is_answered() -> None:
    offer = parse(kept_offer("firefox_3"))
    for offered, answered in zip(offer.sections, _answer(offer).sections, strict=True):
        assert set(answered.extensions) <= set(offered.extensions)
        uris = {each.uri for each in offered.extensions if "rtp-stream-id" in each.uri}
        assert {e.uri for e in answered.extensions if "rtp-stream-id" in e.uri} == uris


def test_simulcast_and_rtx_of_chromium_are_accepted_where_it_sends() -> None:
    offer = parse(kept_offer("chromium_5"))
    section = next(s for s in offer.sections if s.simulcast)
    assert offered_rids(section) == ("q", "h", "f")
    up = UpWanted(sid="TR_v", kind="video", mid=section.mid)
    answer = _answer(offer, Assignment(ups={section.mid: up}))
    answered = next(s for s in answer.sections if s.mid == section.mid)
    assert answered.simulcast == ("q", "h", "f")
    assert answered.simulcast_direction == "recv"
    assert [f.name.lower() for f in answered.formats] == ["vp8", "rtx"]
    assert answered.formats[1].apt == answered.formats[0].payload_type
    assert any(DEPENDENCY in each.uri for each in answered.extensions)


def test_the_ssrcs_that_repair_are_left_out() -> None:
    section = next(s for s in parse(kept_offer("firefox_3")).sections if s.simulcast)
    assert len(section.ssrcs) == 6
    assert len(offered_ssrcs(section)) == 3


def test_red_comes_first_where_it_is_wanted_and_dtx_is_asked_for() -> None:
    offering = Offering()
    mid = offering.send("audio", "mic")
    offer = parse(offering.text())

    def formats(*, red: bool, dtx: bool = False, stereo: bool = False) -> list[str]:
        up = UpWanted(sid="TR_a", kind="audio", mid=mid, red=red, dtx=dtx, stereo=stereo)
        answer = _answer(offer, Assignment(ups={mid: up}))
        return [f"{f.name} {f.fmtp}" for f in answer.sections[-1].formats]

    opus = "opus minptime=10;useinbandfec=1"
    assert formats(red=True) == ["red 111/111", opus]
    assert formats(red=False) == [opus]
    assert formats(red=False, dtx=True, stereo=True) == [opus + ";usedtx=1;stereo=1"]


def test_sound_comes_in_long_packets_where_it_comes_first() -> None:
    offering = Offering()
    sound, picture = offering.send("audio", "mic"), offering.send("video", "cam")
    ups = {
        sound: UpWanted(sid="TR_a", kind="audio", mid=sound),
        picture: UpWanted(sid="TR_v", kind="video", mid=picture),
    }
    offer = parse(offering.text())
    for ptime_ms in (0, 40):
        local = replace(LOCAL, ptime_ms=ptime_ms)
        text = write(write_answer(offer, Assignment(ups=ups), local))
        said = {section.mid: section.ptime_ms for section in parse(text).sections}
        assert said.pop(sound) == ptime_ms
        assert set(said.values()) == {0}


def test_a_down_says_whose_track_it_is() -> None:
    offer = parse(Offering().text())
    down = DownWanted(sid="TR_x", kind="audio", stream="PA_x|camera", ssrc=77)
    assignment = assign(offer, [], [down])
    section = _answer(offer, assignment).sections[0]
    assert section.direction is Direction.SENDONLY
    assert section.msid is not None
    assert (section.msid.stream, section.msid.track) == ("PA_x|camera", "TR_x")
    assert [s.ssrc for s in section.ssrcs] == [77]
    assert [f.name for f in section.formats] == ["opus", "red"]


def test_a_section_is_bound_by_mid_then_by_cid_then_by_order() -> None:
    offering = Offering(0, 0)
    one, two, three = (offering.send("audio", cid) for cid in ("x", "y", "z"))
    offer = parse(offering.text())

    def up(sid: str, cid: str, mid: str = "") -> UpWanted:
        return UpWanted(sid=sid, kind="audio", cids=frozenset({cid}), mid=mid)

    bound = assign(offer, [up("A", "?", mid=three), up("B", "y"), up("C", "?")], []).ups
    # A cid that fits shows that the client writes them: then order would be a guess.
    assert {m: u.sid for m, u in bound.items()} == {three: "A", two: "B"}
    by_order = assign(offer, [up("A", "?"), up("B", "??")], []).ups
    assert {m: u.sid for m, u in by_order.items()} == {one: "A", two: "B"}
    assert assign(offer, [up("A", "?")], [], cids_fit=True).ups == {}


def test_what_a_client_stops_sending_has_ended() -> None:
    offering = Offering(0, 0)
    mid = offering.send("audio", "x")
    up = UpWanted(sid="A", kind="audio", cids=frozenset({"x"}), mid=mid)
    assert assign(parse(offering.text()), [up], []).ended == ()
    offering.stop(mid)
    assert assign(parse(offering.text()), [up], []).ended == ("A",)


def test_missing_sections_are_those_beyond_free_and_resting_ones() -> None:
    offer = parse(Offering(audio=2, video=0).text())
    downs = [DownWanted(sid=f"T{n}", kind="audio", stream="s", ssrc=n + 1) for n in range(4)]
    resting = assign(offer, [], downs, resting=frozenset({"0"}))
    assert [d.sid for d in resting.downs.values()] == ["T0"]
    assert resting.missing == {"audio": 2, "video": 0}
    assert [d.sid for d in resting.unplaced] == ["T1", "T2", "T3"]


def test_sections_that_cannot_be_used_are_rejected() -> None:
    text = Offering(1, 1).text()
    no_codec = parse(text.replace("opus/48000/2", "speex/8000"))
    assert _answer(no_codec).sections[0].port == 0
    assert _answer(no_codec).bundle == ("1", "2")
    assert _answer(no_codec).sections[1].candidates == LOCAL.candidates
    zero = parse(text.replace("m=audio 9", "m=audio 0"))
    assert _answer(zero).sections[0].port == 0
    no_data = write_answer(
        parse(text),
        Assignment(),
        Local(
            ufrag="u",
            pwd=LOCAL.pwd,
            fingerprint=LOCAL.fingerprint,
            candidates=(),
            session_id=1,
            version=1,
            data=False,
        ),
    )
    assert no_data.sections[-1].port == 0


def test_candidates_are_udp_and_passive_tcp_of_each_address() -> None:
    texts = host_candidates(["192.0.2.1", "2001:db8::1"], 7882, 7883)
    assert texts[0] == "1 1 udp 2130706431 192.0.2.1 7882 typ host"
    assert texts[3].endswith("2001:db8::1 7883 typ host tcptype passive")
    assert len({t.split()[0] for t in texts}) == 4
    assert len({t.split()[3] for t in texts}) == 4
    assert len(host_candidates(["192.0.2.1"], 7882, 0)) == 1


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from(["audio", "video"]), max_size=8),
    st.lists(st.sampled_from(["audio", "video"]), max_size=8),
    st.sets(st.integers(0, 9).map(str)),
)
def test_no_section_carries_two_tracks_and_none_is_invented(
    sent: list[str], wanted: list[str], resting: set[str]
) -> None:
    offering = Offering(2, 2)
    for number, kind in enumerate(sent):
        offering.send(kind, f"c{number}")
    offer = parse(offering.text())
    ups = [
        UpWanted(sid=f"U{n}", kind=kind, cids=frozenset({f"c{n}"})) for n, kind in enumerate(sent)
    ]
    downs = [
        DownWanted(sid=f"D{n}", kind=kind, stream="s", ssrc=n + 1) for n, kind in enumerate(wanted)
    ]
    assignment = assign(offer, ups, downs, resting=frozenset(resting))
    kinds = {s.mid: s.kind for s in offer.sections}
    assert not set(assignment.ups) & set(assignment.downs)
    assert not set(assignment.downs) & resting
    assert all(kinds[mid] == up.kind for mid, up in assignment.ups.items())
    assert all(kinds[mid] == down.kind for mid, down in assignment.downs.items())
    assert len(assignment.ups) == len(sent)
    assert len(assignment.downs) + len(assignment.unplaced) == len(wanted)
    _answer(offer, assignment)
