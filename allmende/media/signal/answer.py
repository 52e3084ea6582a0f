"""SDP answers as pure functions: who gets which section, and the text (spec meet, 6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from allmende.media.signal.codecs import extensions_for, formats_down, formats_up, main_format
from allmende.protocols.sdp.model import (
    Description,
    Direction,
    Ice,
    Msid,
    Rid,
    Section,
    Ssrc,
)

SCTP_PORT: Final = 5000
MAX_MESSAGE_BYTES: Final = 65536
_SENDING: Final = (Direction.SENDONLY, Direction.SENDRECV)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpWanted:
    """A track that the client announced. ``mid``: its section so far, '' for none."""

    sid: str
    kind: str
    cids: frozenset[str] = frozenset()
    mid: str = ""
    red: bool = False
    dtx: bool = False
    stereo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DownWanted:
    """A track that the client is to receive. ``stream``: the msid's first word."""

    sid: str
    kind: str
    stream: str
    ssrc: int
    mid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who has which section. ``ended``: sids of ups that the client stopped sending.

    ``unplaced``: downs without a section. ``missing``: sections by kind that the client has to add.
    """

    ups: Mapping[str, UpWanted] = field(default_factory=dict)
    downs: Mapping[str, DownWanted] = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    unplaced: tuple[DownWanted, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """Our end: what the worker said, candidates as texts, and the numbers of ``o=``.

    ``ptime_ms``: how long the packets of sound shall be that the client sends, 0: as it likes.
    """

    ufrag: str
    pwd: str
    fingerprint: str
    candidates: tuple[str, ...]
    session_id: int
    version: int
    data: bool = True
    ptime_ms: int = 0


def assign(
    offer: Description,
    ups: Sequence[UpWanted],
    downs: Sequence[DownWanted],
    *,
    resting: frozenset[str] = frozenset(),
    cids_fit: bool = False,
) -> Assignment:
    """Say which section carries what.

    A sending section is bound by mid, then by the track id of its msid, then by order and
    kind; the last not if ``cids_fit``: the client is known to write ids that fit. A section
    that rests is shown inactive once before another track may use it.
    """
    usable = [section for section in offer.sections if _usable(section)]
    sending = [section for section in usable if section.direction in _SENDING]
    bound = _bind_ups(sending, ups, cids_fit=cids_fit)
    receiving = {s.mid: s for s in usable if s.mid not in bound and _receives(s)}
    kept = {d.mid: d for d in downs if d.mid in receiving}
    free = [s for mid, s in receiving.items() if mid not in kept and mid not in resting]
    unplaced = []
    for down in downs:
        if down.mid in receiving:
            continue
        section = next((s for s in free if s.kind == down.kind), None)
        if section is None:
            unplaced.append(replace(down, mid=""))
            continue
        free.remove(section)
        kept[section.mid] = replace(down, mid=section.mid)
    return Assignment(
        ups=bound,
        downs=kept,
        ended=_ended(ups, bound),
        unplaced=tuple(unplaced),
        missing=_missing(unplaced, receiving, kept),
    )


def _usable(section: Section) -> bool:
    return not section.rejected and main_format(section) is not None


def _receives(section: Section) -> bool:
    return section.direction is Direction.RECVONLY


def _ended(ups: Iterable[UpWanted], bound: Mapping[str, UpWanted]) -> tuple[str, ...]:
    still = {up.sid for up in bound.values()}
    return tuple(up.sid for up in ups if up.mid and up.sid not in still)


def _missing(
    unplaced: Iterable[DownWanted], receiving: Mapping[str, Section], kept: Mapping[str, DownWanted]
) -> dict[str, int]:
    """Count sections to ask for; one that rests now will be free at the next offer."""
    missing = {}
    for kind in ("audio", "video"):
        left = sum(1 for mid, s in receiving.items() if s.kind == kind and mid not in kept)
        wanted = sum(1 for down in unplaced if down.kind == kind)
        missing[kind] = max(0, wanted - left)
    return missing


def _bind_ups(
    sending: Sequence[Section], ups: Sequence[UpWanted], *, cids_fit: bool
) -> dict[str, UpWanted]:
    bound: dict[str, UpWanted] = {}
    by_mid = {up.mid: up for up in ups if up.mid}
    for section in sending:
        up = by_mid.get(section.mid)
        if up is not None and up.kind == section.kind:
            bound[section.mid] = up
    fresh = [up for up in ups if not up.mid]
    rest = [section for section in sending if section.mid not in bound]
    for section in rest:
        track = section.msid.track if section.msid else ""
        for up in fresh:
            if up.kind == section.kind and track in up.cids:
                bound[section.mid] = replace(up, mid=section.mid)
                fresh.remove(up)
                cids_fit = True
                break
    if cids_fit:
        return bound
    for section in rest:
        up = next((up for up in fresh if up.kind == section.kind), None)
        if section.mid not in bound and up is not None:
            bound[section.mid] = replace(up, mid=section.mid)
            fresh.remove(up)
    return bound


def write_answer(offer: Description, assignment: Assignment, local: Local) -> Description:
    """Return the answer. Sections come in the order of the offer, each of them answered."""
    ice = Ice(ufrag=local.ufrag, pwd=local.pwd, fingerprint=local.fingerprint, setup="passive")
    sections: list[Section] = []
    for section in offer.sections:
        answered = _answered(section, assignment, local)
        if answered is not None:
            first = all(each.port == 0 for each in sections)
            candidates = local.candidates if first else ()
            answered = replace(
                answered, ice=ice, candidates=candidates, end_of_candidates=bool(candidates)
            )
        sections.append(answered or _no(section))
    return Description(
        session_id=local.session_id,
        version=local.version,
        bundle=tuple(section.mid for section in sections if section.port),
        ice_lite=True,
        extmap_allow_mixed=True,
        sections=tuple(sections),
    )


def _no(section: Section) -> Section:
    return Section(
        kind=section.kind,
        mid=section.mid,
        port=0,
        profile=section.profile,
        direction=Direction.INACTIVE,
        formats=section.formats[:1],
    )


def _answered(section: Section, assignment: Assignment, local: Local) -> Section | None:
    if section.rejected:
        return None
    if section.kind == "application":
        return _data(section) if local.data and section.sctp_port else None
    if main_format(section) is None:
        return None
    base = Section(
        kind=section.kind,
        mid=section.mid,
        profile=section.profile,
        direction=Direction.INACTIVE,
        rtcp_mux=True,
        rtcp_rsize=section.rtcp_rsize,
        formats=formats_down(section),
        extensions=extensions_for(section),
    )
    if section.mid in assignment.ups:
        ptime_ms = local.ptime_ms if section.kind == "audio" else 0
        return replace(_up(base, section, assignment.ups[section.mid]), ptime_ms=ptime_ms)
    if section.mid in assignment.downs:
        down = assignment.downs[section.mid]
        return replace(
            base,
            direction=Direction.SENDONLY,
            msid=Msid(down.stream, down.sid),
            ssrcs=(Ssrc(down.ssrc, down.stream),),
        )
    return base


def _up(base: Section, section: Section, up: UpWanted) -> Section:
    rids = offered_rids(section)
    return replace(
        base,
        direction=Direction.RECVONLY,
        formats=formats_up(section, red=up.red, dtx=up.dtx, stereo=up.stereo),
        rids=tuple(Rid(rid, "recv") for rid in rids),
        simulcast=rids,
        simulcast_direction="recv" if rids else "",
    )


def offered_rids(section: Section) -> tuple[str, ...]:
    """Return the rids of a section in which the client sends simulcast, as it wrote them."""
    if section.simulcast_direction != "send":
        return ()
    sent = {rid.id for rid in section.rids if rid.direction == "send"}
    return tuple(rid for rid in section.simulcast if rid in sent)


def offered_ssrcs(section: Section) -> tuple[int, ...]:
    """Return the SSRCs that carry media, without those that repair (RFC 4588, 8.8: FID)."""
    repairs = {n for kind, numbers in section.ssrc_groups if kind == "FID" for n in numbers[1:]}
    return tuple(each.ssrc for each in section.ssrcs if each.ssrc not in repairs)


def _data(section: Section) -> Section:
    return Section(
        kind=section.kind,
        mid=section.mid,
        profile=section.profile,
        sctp_port=SCTP_PORT,
        max_message_bytes=MAX_MESSAGE_BYTES,
    )


def host_candidates(addresses: Sequence[str], udp_port: int, tcp_port: int) -> tuple[str, ...]:
    """Return the candidates of a worker (RFC 8839, 5.1; RFC 6544, 4.2 for TCP passive)."""
    texts = []
    for number, address in enumerate(addresses):
        local = 65535 - number
        udp = (126 << 24) + (local << 8) + 255
        texts.append(f"{number + 1} 1 udp {udp} {address} {udp_port} typ host")
    if tcp_port:
        for number, address in enumerate(addresses):
            # Passive has direction preference 2 of 0 to 7; type preference below UDP's.
            tcp = (90 << 24) + (((2 << 13) + 8191 - number) << 8) + 255
            foundation = len(addresses) + number + 1
            texts.append(f"{foundation} 1 tcp {tcp} {address} {tcp_port} typ host tcptype passive")
    return tuple(texts)
