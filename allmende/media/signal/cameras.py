"""Last-N: in a large call the cameras of those who spoke last come by themselves (spec meet, 8)."""

from collections.abc import Mapping, Sequence
from typing import Final

BY_THEMSELVES: Final = 16
"""With more cameras than this the others are received by those who ask for them."""


def front(
    cameras: Mapping[str, str], spoken: Sequence[str], before: frozenset[str] | None
) -> frozenset[str] | None:
    """Return the tracks that everybody receives without asking; None: all of them.

    ``cameras``: track -> owner, the oldest first; ``spoken``: owners, who spoke last is last;
    ``before``: the last answer. Who is in it stays until somebody outside speaks.
    """
    if len(cameras) <= BY_THEMSELVES:
        return None
    place = {owner: number for number, owner in enumerate(spoken)}

    def rank(track: str) -> tuple[int, bool]:
        return -place.get(cameras[track], -1), before is not None and track not in before

    return frozenset(sorted(cameras, key=rank)[:BY_THEMSELVES])
