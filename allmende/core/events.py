"""What happened (Fact) and what is happening (Signal). Both are frozen values.

A fact is a row of ``event_log``, written in the commit of the change it tells of, delivered
at least once, in the order of ids. It carries ids and never content. A signal is never
stored, is delivered at most once, and carries what is needed now.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that was stored. Subclasses add ids (int, str) and plain flags only."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that passes: a level, a raised hand, a knock at the door."""


def fact_name(kind: type[Any]) -> str:
    """Return ``system.Name`` of a fact or signal, as it is stored and documented.

    The system is the package that holds ``events``: ``allmende.systems.chat.events`` gives
    ``chat``, ``allmende.identity.events`` gives ``identity``.
    """
    package = kind.__module__.removesuffix(".events")
    return f"{package.rsplit('.', 1)[-1]}.{kind.__name__}"
