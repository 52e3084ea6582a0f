"""Everything that may be done in an assembly, whoever asks: page, form or program."""

from allmende.systems.plenum.service.holding import PlenumService
from allmende.systems.plenum.service.seeing import (
    AssemblyShown,
    ItemShown,
    May,
    MinutesShown,
    Snapshot,
)
from allmende.systems.plenum.service.showing import HandShown, PlenumPage

__all__ = [
    "AssemblyShown",
    "HandShown",
    "ItemShown",
    "May",
    "MinutesShown",
    "PlenumPage",
    "PlenumService",
    "Snapshot",
]
