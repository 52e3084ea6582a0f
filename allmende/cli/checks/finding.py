"""What a check answers, and what it may look at."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from allmende.config import Config
from allmende.core.clock import Clock


class State(StrEnum):
    """How bad it is."""

    GOOD = "good"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing; ``remedy`` says what to do, empty where all is well."""

    name: str
    state: State
    sentence: str
    remedy: str = ""

    def line(self) -> str:
        """Return the finding as one line of a terminal."""
        remedy = f"  -> {self.remedy}" if self.remedy else ""
        return f"{self.state:<8} {self.name:<18} {self.sentence}{remedy}"


@dataclass(frozen=True, slots=True)
class Situation:
    """``running_port``: TCP port of the server that runs on this folder, None if none does."""

    config: Config
    data: Path
    clock: Clock
    running_port: int | None = None


def good(name: str, sentence: str) -> Finding:
    """Nothing to do."""
    return Finding(name, State.GOOD, sentence)


def warning(name: str, sentence: str, remedy: str) -> Finding:
    """It works, but not for long or not for everybody."""
    return Finding(name, State.WARNING, sentence, remedy)


def broken(name: str, sentence: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(name, State.BROKEN, sentence, remedy)
