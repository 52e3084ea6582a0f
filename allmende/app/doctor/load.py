"""Load: memory, files, buffers, how late the loop is, packets that nobody read in time."""

import resource
from collections.abc import Callable
from typing import Final

from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding, broken, good, warning
from allmende.media.webrtc.udp import BUFFER_BYTES
from allmende.transports.pulse import last_figures

_MEMORY_WARNING: Final = 0.10
_SWAP_WARNING: Final = 0.50
_FILES_WARNING: Final = 4096
_FILES_BROKEN: Final = 512
_LATE_MS: Final = 50.0
_DROPPED: Final = 1000
_PORT, _DROPS = 1, 12


def memory(here: Situation) -> Finding:
    """Something is left for the next assembly."""
    figures = _memory(here)
    total, left = figures.get("MemTotal", 0), figures.get("MemAvailable", 0)
    if not total:
        return good("load.memory", "check.load-unknown")
    values = {"percent": round(left / total * 100), "mib": left // 1024}
    if left / total < _MEMORY_WARNING:
        return warning("load.memory", "check.memory-low", "check.memory-remedy", **values)
    return good("load.memory", "check.memory-good", **values)


def swap(here: Situation) -> Finding:
    """What is swapped out comes back too late for a call."""
    figures = _memory(here)
    total, left = figures.get("SwapTotal", 0), figures.get("SwapFree", 0)
    used = (total - left) / total if total else 0.0
    if used > _SWAP_WARNING:
        return warning(
            "load.swap", "check.swap-used", "check.memory-remedy", percent=round(used * 100)
        )
    return good("load.swap", "check.swap-good", percent=round(used * 100))


def file_descriptors(here: Situation, limit: Callable[[], int] | None = None) -> Finding:
    """Each connection needs one; the server raises its limit to what the machine allows."""
    name, allowed = "load.files", (limit or allowed_files)()
    if allowed == resource.RLIM_INFINITY:
        return good(name, "check.descriptors-free")
    if allowed < _FILES_BROKEN:
        return broken(name, "check.descriptors", "check.descriptors-remedy", n=allowed)
    if allowed < _FILES_WARNING:
        return warning(name, "check.descriptors", "check.descriptors-remedy", n=allowed)
    return good(name, "check.descriptors", n=allowed)


def buffers(here: Situation) -> Finding:
    """The kernel keeps packets until we read them."""
    lines = here.lines("proc/sys/net/core/rmem_max")
    if not lines or not lines[0].strip().isdigit():
        return good("load.buffers", "check.load-unknown")
    values = {"kib": int(lines[0]) // 1024, "wanted": str(BUFFER_BYTES)}
    if int(lines[0]) < BUFFER_BYTES:
        return warning("load.buffers", "check.buffers-small", "check.buffers-remedy", **values)
    return good("load.buffers", "check.buffers-good", **values)


def loop(here: Situation) -> Finding:
    """The server answers without delay."""
    figures = last_figures(here.data) if here.running_port is not None else None
    if figures is None:
        return good("load.loop", "check.load-unknown")
    if figures.p99_ms > _LATE_MS:
        return warning("load.loop", "check.loop-late", "check.loop-remedy", ms=figures.p99_ms)
    return good("load.loop", "check.loop-good", ms=figures.p99_ms)


def dropped(here: Situation) -> Finding:
    """Media was read as fast as it came."""
    wanted = f"{here.config.media.udp_port:04X}"
    lost = sum(
        int(columns[_DROPS])
        for name in ("proc/net/udp", "proc/net/udp6")
        for columns in map(str.split, here.lines(name)[1:])
        if len(columns) > _DROPS and columns[_PORT].endswith(f":{wanted}")
    )
    if lost > _DROPPED:
        return warning("load.dropped", "check.packets-lost", "check.buffers-remedy", n=lost,
                       wanted=str(BUFFER_BYTES))  # fmt: skip
    return good("load.dropped", "check.packets-good", n=lost)


def allowed_files() -> int:
    """Return the hard limit of open files of this process."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def _memory(here: Situation) -> dict[str, int]:
    """Return /proc/meminfo in KiB."""
    figures = {}
    for line in here.lines("proc/meminfo"):
        name, _, rest = line.partition(":")
        number = rest.split()[:1]
        if number and number[0].isdigit():
            figures[name] = int(number[0])
    return figures
