"""The light page's offer and its answer, as text."""

from dataclasses import replace

import pytest

from allmende.media.control import Codec, Extension
from allmende.media.signal.answer import Local
from allmende.media.signal.transport import OfferRefused
from allmende.media.signal.webanswer import (
    MAX_OFFER_CHARS,
    WebOffer,
    read_offer,
    web_codecs,
    web_extensions,
    write_answer,
)
from allmende.protocols.sdp.model import Description, Direction, Section
from allmende.protocols.sdp.parse import parse
from allmende.protocols.sdp.write import write
from tests.media.signal.stage import FINGERPRINT, Offering

LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
LOCAL = Local(
    ufrag="ours",
    pwd="p" * 24,
    fingerprint=FINGERPRINT,
    candidates=("1 1 udp 2130706431 192.0.2.1 7882 typ host",),
    session_id=5,
    version=2,
)


def page_offer(slots: int = 4, ufrag: str = "abcd") -> Offering:
    """Return the peer connection of a light page: it sends first, then receives."""
    offering = Offering(audio=0, video=0, ufrag=ufrag)
    offering.sections.clear()
    offering.send("audio", "mic")
    offering.add(slots, 0)
    return offering


def _read(slots: int = 4) -> WebOffer:
    return read_offer(page_offer(slots).text(), slots)


def test_one_section_sends_and_the_others_are_slots() -> None:
    offer = _read()
    assert offer.up.mid == "0"
    assert [section.mid for section in offer.downs] == ["1", "2", "3", "4"]
    assert web_codecs(offer.up) == (Codec(111, "opus", 48_000),)
    assert [e.uri for e in web_extensions(offer.up)] == [
        LEVEL,
        "urn:ietf:params:rtp-hdrext:sdes:mid",
    ]
    assert Extension(1, LEVEL) in web_extensions(offer.downs[0])


def test_the_answer_has_the_same_sections_and_says_how_to_send() -> None:
    offer = _read()
    ssrcs = {section.mid: 1000 + int(section.mid) for section in offer.downs}
    answer = parse(write(write_answer(offer, LOCAL, ssrcs, 72_000)))
    assert (answer.session_id, answer.version, answer.ice_lite) == (5, 2, True)
    assert answer.bundle == ("0", "1", "2", "3", "4")
    up, *downs = answer.sections
    assert up.direction is Direction.RECVONLY
    assert up.candidates == LOCAL.candidates
    assert up.end_of_candidates
    assert [section.direction for section in downs] == [Direction.SENDONLY] * 4
    assert [section.ssrcs[0].ssrc for section in downs] == [1001, 1002, 1003, 1004]
    assert len({section.msid for section in downs}) == 4
    for section in answer.sections:
        assert [known.name for known in section.formats] == ["opus"]
        assert section.formats[0].feedback == ()
        assert section.formats[0].fmtp == (
            "ptime=20;minptime=10;maxptime=60;stereo=0;useinbandfec=1;usedtx=0;"
            "maxaveragebitrate=56000"
        )
        assert (section.ice.ufrag, section.ice.setup) == ("ours", "passive")
        assert {e.uri for e in section.extensions} == {
            LEVEL,
            "urn:ietf:params:rtp-hdrext:sdes:mid",
        }


def test_lost_packets_may_be_asked_for_where_the_page_can_and_opus_has_its_least() -> None:
    offer = _read(1)
    opus = replace(offer.up.formats[0], feedback=("transport-cc", "nack"))
    sections = tuple(replace(s, formats=(opus,)) for s in offer.description.sections)
    offer = WebOffer(replace(offer.description, sections=sections), sections[0], sections[1:])
    answer = write_answer(offer, LOCAL, {}, 16_000)
    assert answer.sections[0].formats[0].feedback == ("nack",)
    assert answer.sections[0].formats[0].fmtp.endswith("maxaveragebitrate=6000")


def test_where_sound_comes_first_its_packets_are_longer() -> None:
    local = replace(LOCAL, ptime_ms=40)
    answer = write_answer(_read(1), local, {}, 72_000)
    assert answer.sections[0].formats[0].fmtp.startswith("ptime=40;")


def _changed(change: str) -> str:
    offer = parse(page_offer().text())
    first = offer.sections[0]
    broken: dict[str, Section] = {
        "video": replace(first, kind="video"),
        "both ways": replace(first, direction=Direction.SENDRECV),
        "none": replace(first, direction=Direction.INACTIVE),
        "no opus": replace(first, formats=first.formats[2:]),
        "no level": replace(first, extensions=first.extensions[1:]),
        "rejected": replace(first, port=0),
    }
    described = replace(offer, sections=(broken.get(change, first), *offer.sections[1:]))
    if change == "same mid":
        described = replace(offer, sections=(replace(first, mid="1"), *offer.sections[1:]))
        described = replace(described, bundle=("1", "2", "3", "4"))
    if change == "no bundle":
        described = replace(offer, bundle=("0",))
    return write(described)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "x" * (MAX_OFFER_CHARS + 1),
        page_offer(3).text(),
        page_offer(5).text(),
        Offering().text(),
        write(Description()),
        *(
            _changed(change)
            for change in (
                "video", "both ways", "none", "no opus", "no level", "rejected", "no bundle",
                "same mid",
            )
        ),
    ],
)  # fmt: skip
def test_other_offers_are_refused(text: str) -> None:
    with pytest.raises(OfferRefused):
        read_offer(text, 4)


def test_a_section_without_opus_is_never_given_to_the_worker() -> None:
    bare = Section(kind="audio", mid="0")
    with pytest.raises(OfferRefused):
        web_codecs(bare)
    with pytest.raises(OfferRefused):
        write_answer(WebOffer(Description(sections=(bare,)), bare, ()), LOCAL, {}, 72_000)
