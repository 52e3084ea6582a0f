import pytest

from allmende.protocols.mumble.messages import Version
from allmende.protocols.mumble.version import (
    OLDEST,
    PROTOBUF_VOICE_SINCE,
    Release,
    is_at_least,
    pack_v1,
    pack_v2,
    release_of,
    unpack_v1,
    unpack_v2,
)


@pytest.mark.parametrize(
    ("release", "v1", "v2"),
    [
        (Release(1, 2, 4), 0x10204, 0x0001_0002_0004_0000),
        (Release(1, 5, 735), 0x105FF, 0x0001_0005_02DF_0000),
        (Release(1, 300, 0), 0x1FF00, 0x0001_012C_0000_0000),
    ],
)
def test_versions_are_packed_in_32_and_in_64_bits(release: Release, v1: int, v2: int) -> None:
    assert pack_v1(release) == v1
    assert pack_v2(release) == v2
    assert unpack_v2(v2) == release


def test_a_version_of_32_bits_comes_back_while_it_fits() -> None:
    assert unpack_v1(pack_v1(Release(1, 3, 4))) == Release(1, 3, 4)
    assert unpack_v1(pack_v1(Release(1, 5, 735))) == Release(1, 5, 255)


@pytest.mark.parametrize(
    ("message", "release"),
    [
        (Version(version_v1=0x10304), (1, 3, 4)),
        (Version(version_v1=0x105FF, version_v2=0x0001_0005_02DF_0000), (1, 5, 735)),
        (Version(version_v2=0x10500), None),
        (Version(version_v1=0x10204, version_v2=0x10500), (1, 2, 4)),
        (Version(), None),
    ],
)
def test_a_client_is_what_it_says_unless_that_makes_no_sense(
    message: Version, release: Release | None
) -> None:
    assert release_of(message) == release


def test_versions_are_compared_as_numbers() -> None:
    assert is_at_least(Release(1, 5, 0), PROTOBUF_VOICE_SINCE)
    assert is_at_least(Release(1, 10, 0), PROTOBUF_VOICE_SINCE)
    assert not is_at_least(Release(1, 4, 999), PROTOBUF_VOICE_SINCE)
    assert not is_at_least(Release(1, 2, 3), OLDEST)
    assert not is_at_least(None, OLDEST)
