"""What a system needs of the world around the server: records of its name, open ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class NameRecord:
    """A record for the name server: ``name`` ends with a point, ``kind`` is A, SRV, ..."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class OpenPort:
    """A port that people reach from outside. ``what`` is for."""

    transport: Literal["TCP", "UDP"]
    number: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What one system declares."""

    records: Sequence[NameRecord] = ()
    ports: Sequence[OpenPort] = ()
