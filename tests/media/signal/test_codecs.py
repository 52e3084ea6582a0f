import pytest

from allmende.media.control import Codec
from allmende.media.signal.codecs import (
    extensions_for,
    formats_down,
    formats_up,
    main_format,
    red_format,
    worker_codecs,
    worker_extensions,
)
from allmende.protocols.sdp.model import Direction, Section
from allmende.protocols.sdp.parse import parse
from tests.media.signal.stage import AUDIO, EXTENSIONS, VIDEO, kept_offer

SOUND = Section(kind="audio", mid="0", formats=AUDIO, extensions=EXTENSIONS["audio"])
PICTURE = Section(kind="video", mid="1", formats=VIDEO, extensions=EXTENSIONS["video"])


def test_what_goes_down_is_opus_with_red_and_vp8_without_rtx() -> None:
    assert [f.name for f in formats_down(SOUND)] == ["opus", "red"]
    assert [f.name for f in formats_down(PICTURE)] == ["VP8"]


def test_what_comes_up_is_preferred_first() -> None:
    up = formats_up(SOUND, red=True, dtx=False, stereo=False)
    assert [f.name for f in up] == ["red", "opus"]
    up = formats_up(PICTURE, red=False, dtx=False, stereo=False)
    assert [f.name for f in up] == ["VP8", "rtx"]
    assert "goog-remb" not in up[0].feedback


def test_a_section_of_other_codecs_fits_nothing() -> None:
    odd = Section(kind="video", mid="0", formats=VIDEO[2:])
    assert main_format(odd) is None
    assert formats_down(odd) == ()
    assert formats_up(odd, red=True, dtx=True, stereo=True) == ()
    assert red_format(PICTURE) is None
    assert main_format(Section(kind="text", mid="0", formats=AUDIO)) is None


def test_the_worker_is_told_lower_case_names_and_the_ids_of_the_client() -> None:
    codecs = worker_codecs(formats_up(PICTURE, red=False, dtx=False, stereo=False))
    assert codecs == (Codec(96, "vp8", 90000), Codec(97, "rtx", 90000, 96, "apt=96"))
    assert [e.id for e in worker_extensions(SOUND)] == [1, 4]


@pytest.mark.parametrize(("client", "opus", "vp8"), [("chromium", 111, 96), ("firefox", 109, 120)])
def test_payload_types_are_those_of_each_client(client: str, opus: int, vp8: int) -> None:
    sections = parse(kept_offer(f"{client}_1")).sections
    sound = next(s for s in sections if s.kind == "audio")
    picture = next(s for s in sections if s.kind == "video")
    assert formats_down(sound)[0].payload_type == opus
    assert formats_down(picture)[0].payload_type == vp8
    assert sound.direction is Direction.RECVONLY
    assert {e.uri for e in extensions_for(sound)} <= {e.uri for e in sound.extensions}
