"""The time that items are measured with."""

from allmende.core.clock import Clock
from allmende.systems.plenum.model.moment import Moment


class Timing:
    """Says which moment it is: on the wall, and in milliseconds that never run backwards."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        wall_ms = int(clock.now().timestamp() * 1000)
        self._offset_ms = wall_ms - int(clock.monotonic_s() * 1000)

    def now(self) -> Moment:
        """Return the moment."""
        return Moment(self._clock.now(), self._offset_ms + int(self._clock.monotonic_s() * 1000))
