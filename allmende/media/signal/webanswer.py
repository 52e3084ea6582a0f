"""SDP of the light page: one section that sends, K that receive (spec voice, 7.1 and 10)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from allmende.media.control import Codec, Extension
from allmende.media.signal.answer import Local
from allmende.media.signal.codecs import main_format
from allmende.media.signal.transport import OfferRefused, fingerprint_of
from allmende.protocols.sdp.errors import SdpRefused
from allmende.protocols.sdp.model import (
    Description,
    Direction,
    Format,
    HeaderExtension,
    Ice,
    Msid,
    Section,
    Ssrc,
)
from allmende.protocols.sdp.parse import parse

MAX_OFFER_CHARS: Final = 32 * 1024
PTIME_MS: Final = 20
OVERHEAD_BPS: Final = 16_000
"""8 * (32 + 8) * 50: what 50 packets a second cost besides Opus."""
_MIN_AVERAGE_BPS: Final = 6_000  # RFC 7587, 6.1
_MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"  # RFC 6464


@dataclass(frozen=True, slots=True)
class WebOffer:
    """An offer that fits: where the page sends, and where it receives."""

    description: Description
    up: Section
    downs: tuple[Section, ...]


def read_offer(text: str, slots: int) -> WebOffer:
    """Return the offer. Raises OfferRefused unless it sends once and receives ``slots`` times."""
    if len(text) > MAX_OFFER_CHARS:
        raise OfferRefused("too long")
    try:
        offer = parse(text)
    except SdpRefused as refused:
        raise OfferRefused(str(refused)) from refused
    if not all(_fits(section) for section in offer.sections):
        raise OfferRefused("a section that is not Opus with mid and level")
    if set(offer.bundle) != {section.mid for section in offer.sections}:
        raise OfferRefused("not one bundle")
    ups = [s for s in offer.sections if s.direction is Direction.SENDONLY]
    downs = [s for s in offer.sections if s.direction is Direction.RECVONLY]
    if len(ups) != 1 or len(downs) != slots or len(offer.sections) != 1 + slots:
        raise OfferRefused("not one section that sends and one for each slot")
    fingerprint_of(offer)
    return WebOffer(offer, ups[0], tuple(downs))


def _fits(section: Section) -> bool:
    uris = {extension.uri for extension in section.extensions}
    opus = section.kind == "audio" and main_format(section) is not None
    return opus and not section.rejected and uris >= {_MID, _LEVEL}


def write_answer(
    offer: WebOffer, local: Local, ssrcs: Mapping[str, int], bandwidth_bps: int
) -> Description:
    """Return the answer. ``ssrcs``: by the mid of each section that receives.

    ``bandwidth_bps``: what one voice may take, with overhead.
    """
    ice = Ice(ufrag=local.ufrag, pwd=local.pwd, fingerprint=local.fingerprint, setup="passive")
    sections = []
    for place, section in enumerate(offer.description.sections):
        answered = Section(
            kind=section.kind,
            mid=section.mid,
            profile=section.profile,
            direction=Direction.RECVONLY,
            ice=ice,
            rtcp_mux=True,
            rtcp_rsize=section.rtcp_rsize,
            formats=(_opus(section, bandwidth_bps, local.ptime_ms or PTIME_MS),),
            extensions=_extensions(section),
            candidates=local.candidates if place == 0 else (),
            end_of_candidates=place == 0,
        )
        if section.mid in ssrcs:
            answered = _sending(answered, ssrcs[section.mid])
        sections.append(answered)
    return Description(
        session_id=local.session_id,
        version=local.version,
        bundle=tuple(section.mid for section in sections),
        ice_lite=True,
        extmap_allow_mixed=True,
        sections=tuple(sections),
    )


def _sending(section: Section, ssrc: int) -> Section:
    stream = f"slot-{section.mid}"
    return replace(
        section,
        direction=Direction.SENDONLY,
        msid=Msid(stream, stream),
        ssrcs=(Ssrc(ssrc, stream),),
    )


def _opus(section: Section, bandwidth_bps: int, ptime_ms: int) -> Format:
    offered = main_format(section)
    if offered is None:
        raise OfferRefused("no Opus")
    average_bps = max(_MIN_AVERAGE_BPS, bandwidth_bps - OVERHEAD_BPS)
    return replace(
        offered,
        feedback=tuple(each for each in offered.feedback if each == "nack"),
        fmtp=(
            f"ptime={ptime_ms};minptime=10;maxptime=60;stereo=0;useinbandfec=1;usedtx=0;"
            f"maxaveragebitrate={average_bps}"
        ),
    )


def _extensions(section: Section) -> tuple[HeaderExtension, ...]:
    return tuple(each for each in section.extensions if each.uri in (_MID, _LEVEL))


def web_codecs(section: Section) -> tuple[Codec, ...]:
    """Return Opus as the worker wants it; never RED."""
    opus = main_format(section)
    if opus is None:
        raise OfferRefused("no Opus")
    return (Codec(opus.payload_type, "opus", opus.clock_hz),)


def web_extensions(section: Section) -> tuple[Extension, ...]:
    """Return the header extensions of the answer as the worker wants them."""
    return tuple(Extension(each.id, each.uri) for each in _extensions(section))
