"""What a check of the server answers: how bad it is, one sentence, one remedy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """How bad it is."""

    GOOD = "good"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """``name`` is ``area.thing``; ``says`` and ``remedy`` are ids of texts that take ``values``.

    ``remedy`` is empty where all is well.
    """

    name: str
    state: State
    says: str
    remedy: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def area(self) -> str:
        """Return what it is about: the part of the name before the point."""
        return self.name.partition(".")[0]


def good(name: str, says: str, **values: object) -> Finding:
    """Nothing to do."""
    return Finding(name, State.GOOD, says, "", values)


def warning(name: str, says: str, remedy: str, **values: object) -> Finding:
    """It works, but not for long or not for everybody."""
    return Finding(name, State.WARNING, says, remedy, values)


def broken(name: str, says: str, remedy: str, **values: object) -> Finding:
    """It does not work."""
    return Finding(name, State.BROKEN, says, remedy, values)


@dataclass(frozen=True, slots=True)
class Round:
    """One walk along all checks."""

    at: datetime
    findings: Sequence[Finding]

    def count(self, state: State) -> int:
        """Return how many findings are in this state."""
        return sum(finding.state is state for finding in self.findings)
