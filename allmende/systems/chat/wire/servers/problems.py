"""Why another server cannot be reached. The words are for the operator; nothing else is kept."""

from enum import StrEnum
from typing import Final

from allmende.protocols.xmpp.names import STREAM, STREAMS
from allmende.protocols.xmpp.stanza import Stanza

NOT_FOUND: Final = "remote-server-not-found"
TIMEOUT: Final = "remote-server-timeout"


class Reason(StrEnum):
    """In one word, as it is shown."""

    NO_NAME = "no-name"
    """Name servers know no such name, or it says that it has no server."""
    NAMES_SILENT = "names-silent"
    INSIDE = "inside"
    """The name leads into a network that is not asked."""
    NO_ANSWER = "no-answer"
    NO_TLS = "no-tls"
    CERTIFICATE = "certificate"
    REFUSED = "refused"
    """It does not want to talk with us."""
    BROKEN = "broken"
    """The stream was cut, or broke a rule."""


_LASTING: Final = frozenset(
    (Reason.NO_NAME, Reason.INSIDE, Reason.NO_TLS, Reason.CERTIFICATE, Reason.REFUSED)
)
_REFUSALS: Final = frozenset(
    ("host-gone", "host-unknown", "not-authorized", "policy-violation", "improper-addressing")
)


class Unreachable(Exception):
    """A server cannot be talked to now."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason

    @property
    def is_lasting(self) -> bool:
        """Whether trying again soon is no use."""
        return self.reason in _LASTING

    @property
    def condition(self) -> str:
        """Return how it is said to who wrote to it."""
        return NOT_FOUND if self.is_lasting else TIMEOUT


def complaint_of(stanza: Stanza) -> Unreachable | None:
    """Return what a stream error says; None if it is none."""
    if stanza.name != f"{STREAM} error":
        return None
    conditions = {each.local for each in stanza.tree() if each.namespace == STREAMS}
    return Unreachable(Reason.BROKEN if conditions.isdisjoint(_REFUSALS) else Reason.REFUSED)
