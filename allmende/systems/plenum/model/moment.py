"""When something happens: the time on the wall, and one that never runs backwards."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """``at`` is shown and kept; ``ms`` is measured with.

    ``ms`` counts milliseconds since 1970 as the clock said when this process started, plus
    what has passed since by its monotonic clock. So it can be stored, and after a restart the
    difference is that of the wall.
    """

    at: datetime
    ms: int
