from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.protocols.sdp.model import (
    Description,
    Direction,
    Format,
    HeaderExtension,
    Ice,
    Msid,
    Rid,
    Section,
    Ssrc,
)
from allmende.protocols.sdp.parse import parse
from allmende.protocols.sdp.write import write

TOKEN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)
WORD = st.text("abcdefXYZ019-.", min_size=1, max_size=8)
FINGERPRINT = st.binary(min_size=32, max_size=32).map(lambda b: b.hex(":").upper())
ICE = st.builds(
    Ice,
    ufrag=st.just("") | TOKEN,
    pwd=st.just("") | TOKEN,
    fingerprint=st.just("") | FINGERPRINT,
    setup=st.sampled_from(["", "actpass", "passive"]),
)


@st.composite
def formats(draw: st.DrawFn) -> tuple[Format, ...]:
    payloads = draw(st.lists(st.integers(0, 127), max_size=4, unique=True))
    return tuple(
        Format(
            payload_type=payload,
            name=draw(WORD),
            clock_hz=draw(st.integers(0, 2**32 - 1)),
            channels=draw(st.integers(1, 8)),
            fmtp=draw(st.sampled_from(["", "apt=96", "minptime=10;x=1"])),
            feedback=tuple(draw(st.lists(WORD, max_size=3, unique=True))),
        )
        for payload in payloads
    )


@st.composite
def sections(draw: st.DrawFn, mid: str) -> Section:
    if draw(st.booleans()):
        return Section(
            kind="application",
            mid=mid,
            profile="UDP/DTLS/SCTP",
            direction=draw(st.sampled_from(Direction)),
            ice=draw(ICE),
            sctp_port=draw(st.integers(0, 65535)),
            max_message_bytes=draw(st.integers(0, 2**40)),
        )
    rids = tuple(Rid(rid, "send") for rid in draw(st.lists(WORD, max_size=3)))
    ssrcs = draw(st.lists(st.integers(0, 2**32 - 1), max_size=4, unique=True))
    return Section(
        kind=draw(st.sampled_from(["audio", "video"])),
        mid=mid,
        port=draw(st.integers(0, 65535)),
        direction=draw(st.sampled_from(Direction)),
        ice=draw(ICE),
        bundle_only=draw(st.booleans()),
        rtcp_mux=draw(st.booleans()),
        rtcp_rsize=draw(st.booleans()),
        formats=draw(formats()),
        extensions=tuple(
            draw(st.lists(st.builds(HeaderExtension, st.integers(0, 4351), TOKEN), max_size=3))
        ),
        msid=draw(st.none() | st.builds(Msid, TOKEN, st.just("") | TOKEN)),
        ssrcs=tuple(Ssrc(number, draw(st.just("") | WORD)) for number in ssrcs),
        ssrc_groups=tuple(
            draw(
                st.lists(
                    st.tuples(WORD, st.lists(st.integers(0, 2**32 - 1)).map(tuple)), max_size=2
                )
            )
        ),
        ptime_ms=draw(st.integers(0, 65535)),
        rids=rids,
        simulcast=tuple(rid.id for rid in rids),
        simulcast_direction="send" if rids else "",
        candidates=tuple(draw(st.lists(WORD, max_size=2))),
        end_of_candidates=draw(st.booleans()),
    )


@st.composite
def descriptions(draw: st.DrawFn) -> Description:
    mids = draw(st.lists(TOKEN, max_size=4, unique=True))
    return Description(
        session_id=draw(st.integers(0, 2**64 - 1)),
        version=draw(st.integers(0, 2**64 - 1)),
        bundle=tuple(mids),
        ice=draw(ICE),
        ice_lite=draw(st.booleans()),
        extmap_allow_mixed=draw(st.booleans()),
        sections=tuple(draw(sections(mid)) for mid in mids),
    )


@settings(deadline=None, max_examples=40)
@given(descriptions())
def test_what_is_written_is_read(description: Description) -> None:
    assert parse(write(description)) == description


def test_lines_end_with_cr_lf() -> None:
    text = write(Description(sections=(Section(kind="audio", mid="0"),)))
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
