"""What happens to pads by itself: they end, links end, old history gets coarser."""

from collections.abc import Sequence
from typing import Final, Protocol

from allmende.core.parts import Job
from allmende.systems.pads.service.thinning import Thinning

ENDS_EVERY_S: Final = 300.0
THIN_EVERY_S: Final = 24 * 3600.0


class Ends(Protocol):
    """Who lets pads and links end: PadService."""

    async def end_over(self) -> None:
        """Delete pads that are over, and what a crash left of deleted ones."""
        ...

    async def end_links(self) -> None:
        """Delete links past their time."""
        ...

    async def end_of_rooms(self) -> None:
        """Delete pads whose room went while nobody listened."""
        ...


def pad_jobs(ends: Ends, thinning: Thinning) -> Sequence[Job]:
    """Return the jobs of pads."""
    return (
        Job(name="pads-over", every_s=ENDS_EVERY_S, run=ends.end_over),
        Job(name="pads-links", every_s=ENDS_EVERY_S, run=ends.end_links),
        Job(name="pads-rooms", every_s=THIN_EVERY_S, run=ends.end_of_rooms),
        Job(name="pads-thin", every_s=THIN_EVERY_S, run=thinning.thin_all),
    )
