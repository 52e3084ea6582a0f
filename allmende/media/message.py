"""What every message between the main process and a worker is made of."""

import msgspec


class Message(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """One value of the tagged union of its direction (`control`)."""
