"""Description -> text, lines ended by CR LF."""

from collections.abc import Iterator

from allmende.protocols.sdp.model import Description, Direction, Format, Ice, Section


def write(description: Description) -> str:
    """Return ``description`` as text. ``parse(write(x)) == x`` for whatever parse can give."""
    lines = [*_session(description)]
    for section in description.sections:
        lines += _section(section)
    return "\r\n".join(lines) + "\r\n"


def _session(description: Description) -> Iterator[str]:
    yield "v=0"
    yield f"o=- {description.session_id} {description.version} IN IP4 127.0.0.1"
    yield "s=-"
    yield "t=0 0"
    if description.bundle:
        yield "a=group:BUNDLE " + " ".join(description.bundle)
    if description.ice_lite:
        yield "a=ice-lite"
    if description.extmap_allow_mixed:
        yield "a=extmap-allow-mixed"
    yield "a=msid-semantic: WMS *"
    yield from _ice(description.ice)


def _ice(ice: Ice) -> Iterator[str]:
    if ice.ufrag:
        yield f"a=ice-ufrag:{ice.ufrag}"
    if ice.pwd:
        yield f"a=ice-pwd:{ice.pwd}"
    if ice.fingerprint:
        yield f"a=fingerprint:sha-256 {ice.fingerprint}"
    if ice.setup:
        yield f"a=setup:{ice.setup}"


def _section(section: Section) -> Iterator[str]:
    payloads = " ".join(str(known.payload_type) for known in section.formats)
    if section.kind == "application":
        payloads = "webrtc-datachannel"
    yield f"m={section.kind} {section.port} {section.profile} {payloads or '0'}"
    yield "c=IN IP4 0.0.0.0"
    yield f"a=mid:{section.mid}"
    yield from _ice(section.ice)
    yield from _flags(section)
    for extension in section.extensions:
        yield f"a=extmap:{extension.id} {extension.uri}"
    if section.msid is not None:
        yield f"a=msid:{section.msid.stream} {section.msid.track}".rstrip()
    for known in section.formats:
        yield from _format(known)
    if section.ptime_ms:
        yield f"a=ptime:{section.ptime_ms}"
    yield from _streams(section)
    if section.sctp_port:
        yield f"a=sctp-port:{section.sctp_port}"
    if section.max_message_bytes:
        yield f"a=max-message-size:{section.max_message_bytes}"
    for candidate in section.candidates:
        yield f"a=candidate:{candidate}"
    if section.end_of_candidates:
        yield "a=end-of-candidates"


def _flags(section: Section) -> Iterator[str]:
    if section.kind != "application" or section.direction is not Direction.SENDRECV:
        yield f"a={section.direction}"
    if section.bundle_only:
        yield "a=bundle-only"
    if section.rtcp_mux:
        yield "a=rtcp-mux"
    if section.rtcp_rsize:
        yield "a=rtcp-rsize"


def _format(known: Format) -> Iterator[str]:
    channels = f"/{known.channels}" if known.channels != 1 else ""
    yield f"a=rtpmap:{known.payload_type} {known.name}/{known.clock_hz}{channels}"
    for feedback in known.feedback:
        yield f"a=rtcp-fb:{known.payload_type} {feedback}"
    if known.fmtp:
        yield f"a=fmtp:{known.payload_type} {known.fmtp}"


def _streams(section: Section) -> Iterator[str]:
    for rid in section.rids:
        yield f"a=rid:{rid.id} {rid.direction}"
    if section.simulcast:
        yield f"a=simulcast:{section.simulcast_direction} " + ";".join(section.simulcast)
    for semantics, numbers in section.ssrc_groups:
        yield f"a=ssrc-group:{semantics} " + " ".join(str(number) for number in numbers)
    for ssrc in section.ssrcs:
        yield f"a=ssrc:{ssrc.ssrc} cname:{ssrc.cname}"
