"""Recovery: what becomes of a run that a recovery kit began."""

from enum import StrEnum


class RunState(StrEnum):
    """``waiting -> ready -> used | cancelled | lapsed``."""

    WAITING = "waiting"
    READY = "ready"
    USED = "used"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
