"""Offers as a browser without codecs makes them, and what an answer says. Pure."""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

MID_ID: Final = 4
LEVEL_ID: Final = 1
TRANSPORT_NUMBER_ID: Final = 3
RID_ID: Final = 10
OPUS: Final = 111
VP8: Final = 96

_URIS: Final = {
    LEVEL_ID: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    TRANSPORT_NUMBER_ID: (
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    ),
    MID_ID: "urn:ietf:params:rtp-hdrext:sdes:mid",
    RID_ID: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    11: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
}
_EXTENSIONS: Final = {
    "audio": (LEVEL_ID, TRANSPORT_NUMBER_ID, MID_ID),
    "video": (TRANSPORT_NUMBER_ID, MID_ID, RID_ID, 11),
}
_CODECS: Final = {
    "audio": [
        "a=rtpmap:111 opus/48000/2",
        "a=rtcp-fb:111 transport-cc",
        "a=fmtp:111 minptime=10;useinbandfec=1",
    ],
    "video": [
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 transport-cc",
        "a=rtcp-fb:96 ccm fir",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
    ],
}
_TYPES: Final = {"audio": "111", "video": "96 97"}
_CANDIDATE: Final = re.compile(
    r"^a=candidate:\S+ 1 (udp|tcp) \d+ (\S+) (\d+) typ host", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True)
class Section:
    """One m-section. ``cid`` "": it receives. ``rids``: simulcast, the smallest first."""

    kind: str
    cid: str = ""
    rids: tuple[str, ...] = ()


@dataclass
class Offer:
    """Sections that are added and never taken away; a mid is the place in the list."""

    ufrag: str
    pwd: str
    fingerprint: str
    sections: list[Section] = field(default_factory=list)
    version: int = 0
    setup: str = "actpass"

    def receive(self, audio: int, video: int) -> None:
        """Add sections that receive."""
        self.sections += [Section("audio")] * audio + [Section("video")] * video

    def send(self, kind: str, cid: str, rids: tuple[str, ...] = ()) -> str:
        """Add a section that sends; return its mid."""
        self.sections.append(Section(kind, cid, rids))
        return str(len(self.sections) - 1)

    def text(self) -> str:
        """Return the next offer (RFC 8866, RFC 8829)."""
        self.version += 1
        mids = " ".join(str(mid) for mid in range(len(self.sections)))
        lines = ["v=0", f"o=- 4711 {self.version} IN IP4 0.0.0.0", "s=-", "t=0 0"]
        lines += [f"a=group:BUNDLE {mids}", "a=extmap-allow-mixed", "a=msid-semantic: WMS"]
        for mid, section in enumerate(self.sections):
            lines += self._section(mid, section)
        return "\r\n".join(lines) + "\r\n"

    def _section(self, mid: int, section: Section) -> list[str]:
        kind = section.kind
        lines = [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF {_TYPES[kind]}",
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.pwd}",
            f"a=fingerprint:sha-256 {self.fingerprint}",
            f"a=setup:{self.setup}",
            f"a=mid:{mid}",
            *(f"a=extmap:{number} {_URIS[number]}" for number in _EXTENSIONS[kind]),
            f"a={'sendonly' if section.cid else 'recvonly'}",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            *_CODECS[kind],
        ]
        if section.cid:
            lines.append(f"a=msid:- {section.cid}")
        if section.rids:
            lines += [f"a=rid:{rid} send" for rid in section.rids]
            lines.append(f"a=simulcast:send {';'.join(section.rids)}")
        return lines


def answer_to(offer: str, ufrag: str, pwd: str, fingerprint: str) -> str:
    """Return the answer that receives all of ``offer`` as it comes, over DTLS that we begin."""
    head, *sections = re.split(r"^(?=m=)", offer, flags=re.M)
    group = re.search(r"^a=group:BUNDLE.*$", head, re.M)
    lines = ["v=0", "o=- 4712 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    lines += [group[0].strip()] if group is not None else []
    for section in sections:
        kept = re.findall(r"^(?:m=|a=(?:mid|rtpmap|fmtp|rtcp-fb|extmap):).*$", section, re.M)
        lines += [
            kept[0].strip(),
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{ufrag}",
            f"a=ice-pwd:{pwd}",
            f"a=fingerprint:sha-256 {fingerprint}",
            "a=setup:active",
            "a=recvonly",
            "a=rtcp-mux",
            *(line.strip() for line in kept[1:]),
        ]
    return "\r\n".join(lines) + "\r\n"


@dataclass(frozen=True)
class Answer:
    """What one needs to connect: addresses of the first family that is there."""

    ufrag: str
    pwd: str
    fingerprint: str
    udp: tuple[tuple[str, int], ...]
    tcp: tuple[tuple[str, int], ...]


class AnswerUnfit(Exception):
    """Something is missing in an answer."""


def read_answer(sdp: str) -> Answer:
    """Read an answer. Raises AnswerUnfit."""
    found = [re.search(rf"^a={name}:(\S+)", sdp, re.M) for name in ("ice-ufrag", "ice-pwd")]
    fingerprint = re.search(r"^a=fingerprint:sha-256 (\S+)", sdp, re.M)
    if found[0] is None or found[1] is None or fingerprint is None:
        raise AnswerUnfit("no ufrag, pwd or fingerprint")
    candidates = [(way.lower(), host, int(port)) for way, host, port in _CANDIDATE.findall(sdp)]
    if not candidates:
        raise AnswerUnfit("no candidates")
    family = min(ipaddress.ip_address(host).version for _, host, _ in candidates)

    def those(way: str) -> tuple[tuple[str, int], ...]:
        return tuple(
            (host, port)
            for kind, host, port in candidates
            if kind == way and ipaddress.ip_address(host).version == family
        )

    return Answer(found[0][1], found[1][1], fingerprint[1], those("udp"), those("tcp"))
