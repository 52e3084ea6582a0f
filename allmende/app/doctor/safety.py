"""Safety: old libraries, switches of developers, memory on the disk, addresses in logs."""

import ipaddress
import os
import re
import resource
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding, broken, good, warning

# Until when security fixes are made: https://devguide.python.org/versions/
_PYTHONS: Final = {
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}
_OPENSSL: Final = (3, 0, 0)
# Of OpenSSL 3 the third number is always 0; the fourth counts the fixes.
_OPENSSL_HERE: Final = (*ssl.OPENSSL_VERSION_INFO[:2], ssl.OPENSSL_VERSION_INFO[3])
_DEBUG: Final = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONDEBUG")
_PROXY_LOGS: Final = ("var/log/nginx/*.log", "var/log/caddy/*.log", "var/log/apache2/*.log")
_JOURNALS: Final = ("var/log/journal/*/*.journal", "run/log/journal/*/*.journal")
_OUR_LINE: Final = re.compile(rb'MESSAGE=(\{"at"[^\x00-\x1f]*)')
_ADDRESS: Final = re.compile(rb"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|[0-9a-f]*:[0-9a-f:]{4,}")
_SAMPLE_BYTES: Final = 8 * 1024 * 1024


def python(here: Situation, version: tuple[int, int] | None = None) -> Finding:
    """Python still gets security fixes."""
    known = version or (sys.version_info.major, sys.version_info.minor)
    ends, shown = _PYTHONS.get(known), ".".join(map(str, known))
    if ends is not None and here.clock.now().date() > ends:
        return warning(
            "safety.python", "check.python-old", "check.python-remedy", version=shown, day=f"{ends}"
        )
    return good("safety.python", "check.python-good", version=shown)


def openssl(here: Situation, version: tuple[int, ...] = _OPENSSL_HERE) -> Finding:
    """So does what encrypts."""
    shown = ".".join(map(str, version))
    if version < _OPENSSL:
        return broken("safety.openssl", "check.openssl-old", "check.openssl-remedy", version=shown)
    return good("safety.openssl", "check.openssl-good", version=shown)


def debug(here: Situation, environ: Mapping[str, str] = os.environ) -> Finding:
    """Switches of developers are off."""
    found = [name for name in _DEBUG if environ.get(name)]
    if here.config.meet.test_hooks:
        found.append("meet.test_hooks")
    if found:
        return warning("safety.debug", "check.debug", "check.debug-remedy", switch=found[0])
    return good("safety.debug", "check.debug-good")


def core_dumps(here: Situation, limit: Callable[[], int] | None = None) -> Finding:
    """What is in memory, keys too, does not reach the disk when a program dies."""
    allowed = (limit or allowed_core)()
    pattern = "".join(here.lines("proc/sys/kernel/core_pattern")[:1])
    if allowed and not pattern.startswith("|"):
        return warning("safety.core", "check.core", "check.core-remedy")
    return good("safety.core", "check.core-good")


def swap(here: Situation) -> Finding:
    """Nor by being swapped out."""
    for line in here.lines("proc/swaps")[1:]:
        device = line.split()[0] if line.split() else ""
        if device and not _is_safe(here, device):
            return warning("safety.swap", "check.swap-plain", "check.swap-remedy", device=device)
    return good("safety.swap", "check.swap-safe")


def proxy_log(here: Situation) -> Finding:
    """The reverse proxy does not write down who came."""
    if here.places.encryption != "proxy":
        return good("safety.proxy-log", "check.proxy-none")
    for pattern in _PROXY_LOGS:
        for path in sorted(here.root.glob(pattern)):
            if _has_address(_end_of(path)):
                return broken(
                    "safety.proxy-log", "check.proxy-log", "check.proxy-log-remedy", path=str(path)
                )
    return good("safety.proxy-log", "check.proxy-good")


def journal(here: Situation) -> Finding:
    """Our own lines in the journal of the machine hold no address (a sample)."""
    for pattern in _JOURNALS:
        for path in sorted(here.root.glob(pattern)):
            if any(_has_address(line) for line in _OUR_LINE.findall(_end_of(path))):
                return broken("safety.journal", "check.journal", "check.journal-remedy")
    return good("safety.journal", "check.journal-good")


def allowed_core() -> int:
    """Return how large a core dump of this process may be."""
    return resource.getrlimit(resource.RLIMIT_CORE)[0]


def _is_safe(here: Situation, device: str) -> bool:
    """Whether what is swapped there stays in memory, or is encrypted."""
    name = device.rpartition("/")[2]
    encrypted = "".join(here.lines(f"sys/block/{name}/dm/uuid")[:1]).startswith("CRYPT-")
    return encrypted or name.startswith("zram")


def _end_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _SAMPLE_BYTES))
            return file.read(_SAMPLE_BYTES)
    except OSError:
        return b""


def _has_address(text: bytes) -> bool:
    return any(_addresses(text))


def _addresses(text: bytes) -> Iterator[str]:
    """Yield addresses of others: loopback and times of day are none."""
    for found in _ADDRESS.findall(text):
        try:
            address = ipaddress.ip_address(found.decode())
        except ValueError:
            continue
        if not address.is_loopback and not address.is_unspecified:
            yield str(address)
