"""How much of everything a live pad takes (spec pads, 5 and 14)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class PadLimits:
    """Sizes in bytes, times in seconds. What an operator may set comes from ``[pads]``."""

    text_bytes: int = 1_000_000
    """Text of one pad, as UTF-8. More is not taken: the pad is full."""

    document_bytes: int = 10_000_000
    """The compacted document of one pad. Deletions are part of it."""

    message_bytes: int = 512 * 1024
    """One WebSocket message. The server that reads the socket may refuse it earlier."""

    update_bytes: int = 256 * 1024
    """One update. What comes back after offline work may be as long as a message."""

    clients_per_update: int = 64
    nesting: int = 50

    updates_per_s: float = 20.0
    updates_burst: int = 100
    """Beyond the burst the client is told to be slow; a second burst later it is closed."""

    messages_per_s: float = 100.0
    messages_burst: int = 1_000

    awareness_bytes: int = 2_048
    """One caret. A stock client also repeats the carets of others, which are skipped."""

    carets_per_s: float = 5.0
    carets: int = 30
    """Carets that are shown at a time: the newest."""

    sessions: int = 300
    """Open editors of one pad."""

    gaps: int = 3
    """The session is closed when it leaves out edits for this many times."""

    refusals: int = 10
    """The session that may only read is closed when it writes for this many times."""

    unsaved_bytes: int = 8_000_000
    """What waits for the disk. Above it the pad takes no edits."""

    queue_messages: int = 4_000
    queue_bytes: int = 4 * 1024 * 1024
    """What waits for one slow client; then it is closed with 4408."""


GATHER_S: Final = ((10, 0.0), (100, 0.03))
"""Up to so many sessions edits are told after so many seconds; with more: ``GATHER_MOST_S``."""

GATHER_MOST_S: Final = 0.05
LAG_S: Final = 0.02
"""An event loop that is later than this is busy: gather longer."""
