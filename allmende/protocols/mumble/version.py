"""Versions of Mumble: three numbers, packed in 32 bits (v1) or, since 1.5, in 64 (v2)."""

from typing import Final, NamedTuple

from allmende.protocols.mumble.messages import Version

PROTOBUF_VOICE_SINCE: Final = (1, 5, 0)
"""From here on a client sends voice in protobuf form, if the server is as new."""

OLDEST: Final = (1, 2, 4)
"""The first one that always speaks Opus."""

_V2_LEAST: Final = 1 << 48


class Release(NamedTuple):
    """A version; compares as numbers do."""

    major: int
    minor: int
    patch: int


def pack_v1(release: Release) -> int:
    """Pack in 32 bits. Minor and patch have 8 bits each: 255 stands for more."""
    return release.major << 16 | min(release.minor, 255) << 8 | min(release.patch, 255)


def pack_v2(release: Release) -> int:
    """Pack in 64 bits, 16 for each number, the lowest 16 unused."""
    return release.major << 48 | release.minor << 32 | release.patch << 16


def unpack_v1(packed: int) -> Release:
    """Undo pack_v1."""
    return Release(packed >> 16 & 0xFFFF, packed >> 8 & 0xFF, packed & 0xFF)


def unpack_v2(packed: int) -> Release:
    """Undo pack_v2."""
    return Release(packed >> 48 & 0xFFFF, packed >> 32 & 0xFFFF, packed >> 16 & 0xFFFF)


def release_of(message: Version) -> Release | None:
    """Return what a client says it is; None: nothing that makes sense.

    COMPAT npm @tf2pickup-org/mumble-client 0.13 sends a v1 number as v2: below 2**48 it is none.
    """
    if message.version_v2 is not None and message.version_v2 >= _V2_LEAST:
        return unpack_v2(message.version_v2)
    return None if message.version_v1 is None else unpack_v1(message.version_v1)


def is_at_least(release: Release | None, wanted: tuple[int, int, int]) -> bool:
    """Say whether a client is as new as ``wanted``; one that said nothing is not."""
    return release is not None and release >= wanted
