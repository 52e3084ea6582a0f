import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.sdp.errors import SdpRefused
from allmende.protocols.sdp.model import Direction, HeaderExtension, Msid, Rid, Ssrc
from allmende.protocols.sdp.parse import MAX_BYTES, MAX_LINES, MAX_SECTIONS, parse

FINGERPRINT = ":".join(["AB"] * 32)
HEAD = "v=0\r\no=- 4611 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
OFFER = (
    HEAD
    + "a=group:BUNDLE 0 1 2\r\n"
    + "a=extmap-allow-mixed\r\n"
    + f"a=fingerprint:SHA-256 {FINGERPRINT.lower()}\r\n"
    + "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 13\r\n"
    + "c=IN IP4 0.0.0.0\r\n"
    + "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n"
    + "a=mid:0\r\na=extmap:1/sendonly urn:x attributes\r\na=sendonly\r\n"
    + "a=msid:stream track\r\na=msid:again other\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
    + "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:* transport-cc\r\na=rtcp-fb:111 nack\r\n"
    + "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"
    + "a=ssrc:7 cname:c\r\na=ssrc:7 msid:a b\r\n"
    + "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=bundle-only\r\na=inactive\r\n"
    + "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    + "a=rid:q send\r\na=rid:h send pt=96\r\na=simulcast:send ~q;h,x\r\n"
    + "a=ssrc-group:FID 8 9\r\na=ssrc:8 cname:\r\na=ssrc:9\r\n"
    + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\na=sctp-port:5000\r\n"
    + "a=max-message-size:262144\r\na=candidate:1 1 udp 5 192.0.2.1 9 typ host\r\n"
    + "a=end-of-candidates\r\n"
)


def test_an_offer_is_read_whole() -> None:
    offer = parse(OFFER)
    assert (offer.session_id, offer.version, offer.bundle) == (4611, 2, ("0", "1", "2"))
    assert offer.ice.fingerprint == FINGERPRINT
    assert offer.extmap_allow_mixed
    assert not offer.ice_lite
    audio, video, data = offer.sections
    assert (audio.ice.ufrag, audio.ice.pwd) == ("abcd", "0123456789012345678901")
    assert audio.ice.setup == "actpass"
    assert audio.direction is Direction.SENDONLY
    assert audio.extensions == (HeaderExtension(1, "urn:x"),)
    assert audio.msid == Msid("stream", "track")
    assert [f.name for f in audio.formats] == ["opus", "red"]
    assert audio.formats[0].feedback == ("transport-cc", "nack")
    assert audio.formats[0].fmtp == "minptime=10;useinbandfec=1"
    assert audio.ssrcs == (Ssrc(7, "c"),)
    assert video.bundle_only
    assert not video.rejected
    assert video.formats[1].apt == 96
    assert video.rids == (Rid("q", "send"), Rid("h", "send"))
    assert (video.simulcast, video.simulcast_direction) == (("q", "h"), "send")
    assert video.ssrc_groups == (("FID", (8, 9)),)
    assert (data.sctp_port, data.max_message_bytes) == (5000, 262144)
    assert data.candidates == ("1 1 udp 5 192.0.2.1 9 typ host",)
    assert data.end_of_candidates


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r\n\r\n"])
def test_lines_may_end_either_way(newline: str) -> None:
    assert parse(OFFER.replace("\r\n", newline)) == parse(OFFER)


AUDIO = HEAD + "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=1\r\n",
        "o=- 1 1 IN IP4 0\r\nv=0\r\n",
        "m=audio 9 RTP/AVP 0\r\n",
        HEAD + "rubbish\r\n",
        HEAD + "a\r\n",
        "v=0\r\no=- 1\r\n",
        "v=0\r\no=- x 1 IN IP4 0\r\n",
        HEAD + "m=audio 9 RTP/AVP\r\n",
        HEAD + "m=audio 70000 RTP/AVP 0\r\na=mid:0\r\n",
        HEAD + "m=audio x RTP/AVP 0\r\na=mid:0\r\n",
        HEAD + "m=audio 9 RTP/AVP 128\r\na=mid:0\r\n",
        HEAD + "m=audio 9 RTP/AVP 0\r\n",
        HEAD + "m=audio 9 RTP/AVP " + "1 " * 129 + "\r\na=mid:0\r\n",
        AUDIO + AUDIO.removeprefix(HEAD),
        AUDIO + "a=mid:\r\n",
        AUDIO + "a=mid:a b\r\n",
        AUDIO + "a=rtpmap:0\r\n",
        AUDIO + "a=rtpmap:0 PCMU\r\n",
        AUDIO + "a=rtpmap:0 PCMU/x\r\n",
        AUDIO + "a=rtpmap:0 a/1/2/3\r\n",
        AUDIO + "a=rtpmap:\u0663 PCMU/8000\r\n",
        AUDIO + "a=rtcp-fb:x nack\r\n",
        AUDIO + "a=extmap:1\r\n",
        AUDIO + "a=extmap:5000 urn:x\r\n",
        AUDIO + "a=extmap:1 urn:x\r\n" * 65,
        AUDIO + "a=ssrc:4294967296 cname:x\r\n",
        AUDIO + "".join(f"a=ssrc:{n} cname:x\r\n" for n in range(65)),
        AUDIO + "a=ssrc-group:\r\n",
        AUDIO + "a=ssrc-group:FID x\r\n",
        AUDIO + "a=ssrc-group:FID 1 2\r\n" * 65,
        AUDIO + "a=rid:q\r\n",
        AUDIO + "a=rid:q both\r\n",
        AUDIO + "a=rid:q send\r\n" * 17,
        AUDIO + "a=simulcast:send\r\n",
        AUDIO + "a=simulcast:both q\r\n",
        AUDIO + "a=simulcast:send " + ";".join("q" * 17) + "\r\n",
        AUDIO + "a=simulcast:send ;\r\n",
        AUDIO + "a=sctp-port:65536\r\n",
        AUDIO + "a=max-message-size:x\r\n",
        AUDIO + "a=ice-ufrag:\r\n",
        AUDIO + "a=ice-pwd:a b\r\n",
        AUDIO + "a=fingerprint:sha-256 AB:CD\r\n",
        AUDIO + "a=setup:" + "x" * 300 + "\r\n",
        HEAD + "a=x\r\n" * MAX_LINES,
        HEAD + "a=" + "x" * MAX_BYTES,
    ],
)
def test_broken_and_boundless_text_is_refused(text: str) -> None:
    with pytest.raises(SdpRefused):
        parse(text)


def test_three_hundred_sections_and_no_more() -> None:
    def text(count: int) -> str:
        return HEAD + "".join(f"m=audio 9 RTP/AVP 0\r\na=mid:{n}\r\n" for n in range(count))

    assert len(parse(text(MAX_SECTIONS)).sections) == MAX_SECTIONS
    with pytest.raises(SdpRefused):
        parse(text(MAX_SECTIONS + 1))


def test_what_is_not_known_is_passed_over() -> None:
    more = (
        "b=AS:30\r\na=fingerprint:sha-1 AB\r\na=fmtp:x y\r\na=msid: \r\na=ice-options:trickle\r\n"
    )
    assert parse(AUDIO + more) == parse(AUDIO)


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except SdpRefused:
        return


LINES = OFFER.split("\r\n")


@given(
    st.lists(
        st.sampled_from(LINES)
        | st.tuples(st.sampled_from(LINES), st.integers(0, 40), st.text(max_size=3)).map(
            lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]
        ),
        max_size=60,
    )
)
def test_any_order_of_damaged_lines_is_read_or_refused(lines: list[str]) -> None:
    try:
        parse("v=0\r\n" + "\r\n".join(lines))
    except SdpRefused:
        return
