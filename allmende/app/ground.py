"""What everything stands on: configuration, folder, clock, certificate."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from allmende.config import Config, Places
from allmende.core.clock import Clock
from allmende.transports import tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What everything stands on. ``url``: what people type, without a slash at the end."""

    config: Config
    places: Places
    data: Path
    clock: Clock
    url: str

    def address(self, path: str) -> str:
        """Return the whole address of a page."""
        return self.url + path


def authority_of(ground: Ground) -> Path | None:
    """Return the certificate of our own authority, if pages are served with one."""
    is_own = ground.places.encryption == "own"
    return tls.OwnFiles(ground.data / "tls").authority if is_own else None


def certificate_of(
    config: Config, places: Places, data: Path, clock: Clock
) -> tuple[Path, Path] | None:
    """Return the files of certificate and key; None where we do not encrypt ourselves."""
    if places.encryption == "files":
        return Path(config.tls.certificate), Path(config.tls.key)
    if places.encryption != "own":
        return None
    names = dict.fromkeys([config.domain, *config.tls.names])
    files = tls.own_certificate(data / "tls", list(names), clock)
    return files.certificate, files.key


def context_of(config: Config, certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Return what the listeners encrypt with. Raises CertificateRefused."""
    return tls.context_of(*certificate, minimum=config.tls.minimum)
