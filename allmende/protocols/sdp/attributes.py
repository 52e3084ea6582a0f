"""The attributes of a session and of a section, gathered while reading."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from allmende.protocols.sdp.errors import SdpRefused
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

MAX_FORMATS: Final = 128
MAX_SSRCS: Final = 64
MAX_EXTENSIONS: Final = 64
MAX_RIDS: Final = 16
MAX_PTIME_MS: Final = 65535
_SHA_256: Final = re.compile(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", re.ASCII)
_TOKEN: Final = re.compile(r"[!-~]{1,256}", re.ASCII)
_DIRECTIONS: Final = frozenset(Direction)


def read_number(text: str, most: int) -> int:
    """Return the decimal number in ``text``. Raises SdpRefused above ``most``."""
    if not (text.isascii() and text.isdigit() and len(text) <= 20) or int(text) > most:
        raise SdpRefused("not a number in its range")
    return int(text)


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise SdpRefused("not a token")
    return text


def _ice(ice: Ice, name: str, value: str) -> Ice:
    match name:
        case "ice-ufrag":
            return replace(ice, ufrag=_token(value.strip()))
        case "ice-pwd":
            return replace(ice, pwd=_token(value.strip()))
        case "setup":
            return replace(ice, setup=_token(value.strip()))
        case "fingerprint":
            return _fingerprint(ice, value)
        case _:
            return ice


def _fingerprint(ice: Ice, value: str) -> Ice:
    algorithm, _, digest = value.strip().partition(" ")
    if algorithm.lower() != "sha-256":
        return ice
    digest = digest.strip().upper()
    if not _SHA_256.fullmatch(digest):
        raise SdpRefused("not a SHA-256 fingerprint")
    return replace(ice, fingerprint=digest)


class SessionParts:
    """The lines above the first m-section."""

    def __init__(self) -> None:
        self._ice = Ice()
        self._numbers = (0, 0)
        self._bundle: tuple[str, ...] = ()
        self._flags: set[str] = set()

    def take(self, kind: str, value: str) -> None:
        """Account for one line."""
        if kind == "o":
            words = value.split()
            if len(words) != 6:
                raise SdpRefused("o= of other than six words")
            self._numbers = (read_number(words[1], 2**64 - 1), read_number(words[2], 2**64 - 1))
        elif kind == "a":
            name, _, rest = value.partition(":")
            self._flags.add(name)
            self._ice = _ice(self._ice, name, rest)
            if name == "group" and rest.startswith("BUNDLE"):
                self._bundle = tuple(_token(mid) for mid in rest.split()[1:])

    def description(self, sections: tuple[Section, ...]) -> Description:
        """Return the whole."""
        return Description(
            session_id=self._numbers[0],
            version=self._numbers[1],
            bundle=self._bundle,
            ice=self._ice,
            ice_lite="ice-lite" in self._flags,
            extmap_allow_mixed="extmap-allow-mixed" in self._flags,
            sections=sections,
        )


class SectionParts:
    """The lines of one m-section."""

    def __init__(self, *, kind: str, port: int, profile: str, payloads: list[str]) -> None:
        if len(payloads) > MAX_FORMATS:
            raise SdpRefused("too many formats")
        self._section = Section(kind=_token(kind), mid="", port=port, profile=_token(profile))
        rtp = kind in ("audio", "video")
        self._payloads = [read_number(text, 127) for text in payloads] if rtp else []
        self._maps: dict[int, tuple[str, int, int]] = {}
        self._fmtp: dict[int, str] = {}
        self._feedback: dict[int, list[str]] = {}
        self._extensions: list[HeaderExtension] = []
        self._cnames: dict[int, str] = {}
        self._groups: list[tuple[str, tuple[int, ...]]] = []
        self._rids: list[Rid] = []
        self._candidates: list[str] = []
        self._handlers: dict[str, Callable[[str], None]] = {
            "mid": self._mid,
            "rtpmap": self._rtpmap,
            "fmtp": self._take_fmtp,
            "rtcp-fb": self._rtcp_fb,
            "extmap": self._extmap,
            "msid": self._msid,
            "ssrc": self._ssrc,
            "ssrc-group": self._ssrc_group,
            "rid": self._rid,
            "simulcast": self._simulcast,
            "sctp-port": self._sctp_port,
            "max-message-size": self._max_message_size,
            "ptime": self._ptime,
            "candidate": self._candidates.append,
        }

    def take(self, attribute: str) -> None:
        """Account for one ``a=`` line."""
        name, _, value = attribute.partition(":")
        handler = self._handlers.get(name)
        if handler is not None:
            handler(value)
        elif name in _DIRECTIONS:
            self._change(direction=Direction(name))
        elif name in ("rtcp-mux", "rtcp-rsize", "bundle-only", "end-of-candidates"):
            self._change(**{name.replace("-", "_"): True})
        else:
            self._change(ice=_ice(self._section.ice, name, value))

    def section(self) -> Section:
        """Return the whole. A format without rtpmap is left out."""
        if not self._section.mid:
            raise SdpRefused("no mid")
        formats = []
        for payload in dict.fromkeys(self._payloads):
            if payload in self._maps:
                formats.append(self._format(payload))
        return replace(
            self._section,
            formats=tuple(formats),
            extensions=tuple(self._extensions),
            ssrcs=tuple(Ssrc(ssrc, cname) for ssrc, cname in self._cnames.items()),
            ssrc_groups=tuple(self._groups),
            rids=tuple(self._rids),
            candidates=tuple(self._candidates),
        )

    def _format(self, payload: int) -> Format:
        name, clock_hz, channels = self._maps[payload]
        return Format(
            payload_type=payload,
            name=name,
            clock_hz=clock_hz,
            channels=channels,
            fmtp=self._fmtp.get(payload, ""),
            feedback=tuple(self._feedback.get(payload, ())),
        )

    def _change(self, **values: object) -> None:
        self._section = replace(self._section, **values)  # type: ignore[arg-type] # names above

    def _mid(self, value: str) -> None:
        self._change(mid=_token(value.strip()))

    def _rtpmap(self, value: str) -> None:
        payload, _, encoding = value.partition(" ")
        words = encoding.strip().split("/")
        if not 2 <= len(words) <= 3:
            raise SdpRefused("broken rtpmap")
        channels = read_number(words[2], 255) if len(words) == 3 else 1
        clock_hz = read_number(words[1], 2**32 - 1)
        self._maps[read_number(payload, 127)] = (_token(words[0]), clock_hz, channels)

    def _take_fmtp(self, value: str) -> None:
        payload, _, text = value.partition(" ")
        if payload.isascii() and payload.isdigit():
            self._fmtp[read_number(payload, 127)] = text.strip()

    def _rtcp_fb(self, value: str) -> None:
        payload, _, text = value.partition(" ")
        targets = self._payloads if payload == "*" else [read_number(payload, 127)]
        for target in targets:
            listed = self._feedback.setdefault(target, [])
            if len(listed) < 16 and text.strip() not in listed:
                listed.append(text.strip())

    def _extmap(self, value: str) -> None:
        number, _, rest = value.partition(" ")
        words = rest.split()
        if not words or len(self._extensions) >= MAX_EXTENSIONS:
            raise SdpRefused("broken or too many extmap")
        number = number.partition("/")[0]
        self._extensions.append(HeaderExtension(read_number(number, 4351), _token(words[0])))

    def _msid(self, value: str) -> None:
        words = value.split()
        if words and self._section.msid is None:
            self._change(msid=Msid(_token(words[0]), _token(words[1]) if words[1:] else ""))

    def _ssrc(self, value: str) -> None:
        number, _, attribute = value.partition(" ")
        ssrc = read_number(number, 2**32 - 1)
        if ssrc not in self._cnames and len(self._cnames) >= MAX_SSRCS:
            raise SdpRefused("too many SSRCs")
        name, _, cname = attribute.partition(":")
        known = self._cnames.get(ssrc, "")
        self._cnames[ssrc] = cname.strip() if name == "cname" else known

    def _ssrc_group(self, value: str) -> None:
        words = value.split()
        if not words or len(words) > MAX_SSRCS or len(self._groups) >= MAX_SSRCS:
            raise SdpRefused("broken or too many ssrc-group")
        numbers = tuple(read_number(word, 2**32 - 1) for word in words[1:])
        self._groups.append((_token(words[0]), numbers))

    def _rid(self, value: str) -> None:
        words = value.split()
        if len(words) < 2 or words[1] not in ("send", "recv") or len(self._rids) >= MAX_RIDS:
            raise SdpRefused("broken or too many rid")
        self._rids.append(Rid(_token(words[0]), words[1]))

    def _simulcast(self, value: str) -> None:
        words = value.split()
        if len(words) < 2 or words[0] not in ("send", "recv"):
            raise SdpRefused("broken simulcast")
        # RFC 8853, 5.1: ";" between streams, "," between alternatives, "~" in front of paused.
        rids = [stream.partition(",")[0].removeprefix("~") for stream in words[1].split(";")]
        if len(rids) > MAX_RIDS:
            raise SdpRefused("too many streams")
        self._change(simulcast=tuple(_token(r) for r in rids), simulcast_direction=words[0])

    def _sctp_port(self, value: str) -> None:
        self._change(sctp_port=read_number(value.strip(), 65535))

    def _ptime(self, value: str) -> None:
        # RFC 8866, 6.4: a number that may have a fraction.
        self._change(ptime_ms=read_number(value.strip().partition(".")[0], MAX_PTIME_MS))

    def _max_message_size(self, value: str) -> None:
        self._change(max_message_bytes=read_number(value.strip(), 2**63 - 1))
