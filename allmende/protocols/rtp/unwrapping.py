"""Numbers that wrap around, made into numbers that do not."""


class Unwrapper:
    """Extends numbers of ``bits`` bits. Each is taken as the one nearest to the newest.

    The first number becomes itself plus one round, so that late ones before it stay positive.
    """

    __slots__ = ("_half", "_mask", "newest")

    def __init__(self, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._half = 1 << bits - 1
        self.newest = -1

    def extend(self, number: int) -> int:
        """Return ``number`` in full; `newest` is the largest so far."""
        if self.newest < 0:
            self.newest = (number & self._mask) + self._mask + 1
            return self.newest
        ahead = (number - self.newest) & self._mask
        if ahead < self._half:
            self.newest += ahead
            return self.newest
        return self.newest + ahead - self._mask - 1
