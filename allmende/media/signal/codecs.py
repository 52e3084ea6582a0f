"""Which codecs, header extensions and feedback we accept in a section (spec meet, 6.3 and 6.9).

The same for every section of a kind, whatever goes through it: libwebrtc numbers packets for
congestion control only if all sections of the bundle agree.
"""

from dataclasses import replace
from typing import Final

from allmende.media.control import Codec, Extension
from allmende.protocols.sdp.model import Format, HeaderExtension, Section

_RTP: Final = "urn:ietf:params:rtp-hdrext:"
_TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_DEPENDENCY: Final = (
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
)
_EXTENSIONS: Final = {
    "audio": {_RTP + "sdes:mid", _RTP + "ssrc-audio-level", _TRANSPORT_CC},
    "video": {
        _RTP + "sdes:mid",
        _RTP + "sdes:rtp-stream-id",
        _RTP + "sdes:repaired-rtp-stream-id",
        _TRANSPORT_CC,
        _DEPENDENCY,
    },
}
_FEEDBACK: Final = {
    "audio": {"transport-cc", "nack"},
    "video": {"transport-cc", "nack", "nack pli", "ccm fir"},
}
_MAIN: Final = {"audio": ("opus", 48000, 2), "video": ("vp8", 90000, 1)}


def extensions_for(section: Section) -> tuple[HeaderExtension, ...]:
    """Return the offered header extensions that we take, with the client's ids."""
    known = _EXTENSIONS[section.kind]
    return tuple(extension for extension in section.extensions if extension.uri in known)


def main_format(section: Section) -> Format | None:
    """Return Opus or VP8 as offered in ``section``; None: it fits nothing of ours."""
    wanted = _MAIN.get(section.kind)
    for known in section.formats:
        if (known.name.lower(), known.clock_hz, known.channels) == wanted:
            return known
    return None


def red_format(section: Section) -> Format | None:
    """Return ``audio/red`` with Opus inside, if offered (RFC 2198)."""
    for known in section.formats:
        if (known.name.lower(), known.clock_hz, known.channels) == ("red", 48000, 2):
            return known
    return None


def _rtx_format(section: Section, repaired: Format) -> Format | None:
    for known in section.formats:
        if known.name.lower() == "rtx" and known.apt == repaired.payload_type:
            return known
    return None


def formats_up(section: Section, *, red: bool, dtx: bool, stereo: bool) -> tuple[Format, ...]:
    """Return what we take where the client sends, the preferred one first."""
    main = main_format(section)
    if main is None:
        return ()
    if section.kind == "video":
        return _kept(section, main, _rtx_format(section, main))
    main = replace(main, fmtp=_opus_fmtp(main.fmtp, dtx=dtx, stereo=stereo))
    if red:
        return _kept(section, red_format(section), main)
    return _kept(section, main)


def formats_down(section: Section) -> tuple[Format, ...]:
    """Return what we send, or would send, in a section where the client receives."""
    main = main_format(section)
    if main is None:
        return ()
    return _kept(section, main, red_format(section))


def _kept(section: Section, *formats: Format | None) -> tuple[Format, ...]:
    allowed = _FEEDBACK[section.kind]
    return tuple(
        replace(known, feedback=tuple(each for each in known.feedback if each in allowed))
        for known in formats
        if known is not None
    )


def _opus_fmtp(fmtp: str, *, dtx: bool, stereo: bool) -> str:
    # RFC 7587, 6.1: in the answer these say what we like to receive.
    names = {part.strip().partition("=")[0] for part in fmtp.split(";")}
    parts = [fmtp] if fmtp else []
    if dtx and "usedtx" not in names:
        parts.append("usedtx=1")
    if stereo and "stereo" not in names:
        parts.append("stereo=1")
    return ";".join(parts)


def worker_codecs(formats: tuple[Format, ...]) -> tuple[Codec, ...]:
    """Return ``formats`` as the worker wants them."""
    return tuple(
        Codec(known.payload_type, known.name.lower(), known.clock_hz, known.apt, known.fmtp)
        for known in formats
    )


def worker_extensions(section: Section) -> tuple[Extension, ...]:
    """Return the accepted header extensions as the worker wants them."""
    return tuple(Extension(each.id, each.uri) for each in extensions_for(section))
