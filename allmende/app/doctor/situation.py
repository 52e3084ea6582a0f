"""What a check may look at."""

from dataclasses import dataclass, field
from pathlib import Path

from allmende.config import Config, Places, places_of
from allmende.core.clock import Clock
from allmende.identity.store.counts import People
from allmende.storage.vault import HouseKeys
from allmende.transports.names import Resolver, system_resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """``running_port``: TCP port of the server that runs on this folder, None if none does.

    ``keys`` None: the house is locked, or nothing is there yet. ``people`` None: they could not
    be counted. ``is_thorough``: also what reads the whole database. ``root``: where the files of
    the machine are, ``/`` but in tests.
    """

    config: Config
    data: Path
    clock: Clock
    running_port: int | None = None
    keys: HouseKeys | None = field(default=None, repr=False)
    people: People | None = None
    is_thorough: bool = True
    resolver: Resolver = field(default_factory=system_resolver)
    root: Path = Path("/")

    @property
    def places(self) -> Places:
        """Where the server listens and how it encrypts."""
        return places_of(self.config)

    @property
    def domain(self) -> str:
        """The name of the server."""
        return self.config.domain

    def lines(self, path: str) -> list[str]:
        """Return the lines of a file of the machine; none if it cannot be read."""
        try:
            return (self.root / path).read_text("utf-8", "replace").splitlines()
        except OSError:
            return []
