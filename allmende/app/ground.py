"""What everything stands on: configuration, folder, clock, certificate."""

from dataclasses import dataclass
from pathlib import Path

from allmende.config import Config, Places
from allmende.core.clock import Clock
from allmende.storage.vault import HouseKeys
from allmende.transports import tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What everything stands on. ``url``: what people type, without a slash at the end.

    ``keys`` open database and blobs; None before the house is open.
    """

    config: Config
    places: Places
    data: Path
    clock: Clock
    url: str
    keys: HouseKeys | None = None

    def address(self, path: str) -> str:
        """Return the whole address of a page."""
        return self.url + path


def authority_of(ground: Ground) -> Path | None:
    """Return the certificate of our own authority, if pages are served with one."""
    is_own = ground.places.encryption == "own"
    return tls.OwnFiles(ground.data / "tls").authority if is_own else None
