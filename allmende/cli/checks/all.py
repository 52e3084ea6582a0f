"""The list of checks, and one command that walks it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from allmende.cli.checks.finding import Finding, Situation, broken, good
from allmende.cli.checks.kept import database, web_client
from allmende.cli.checks.machine import clock, disk, file_descriptors, permissions
from allmende.cli.checks.network import certificate, ports, udp
from allmende.config import Config, ConfigRefused, load_config, places_of
from allmende.core.clock import SystemClock
from allmende.transports.running import find_running

CHECKS: Final[Sequence[Callable[[Situation], Finding]]] = (
    ports,
    disk,
    clock,
    udp,
    certificate,
    database,
    web_client,
    file_descriptors,
    permissions,
)


def findings(
    file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any]
) -> Sequence[Finding]:
    """Ask every check. With a broken configuration nothing else can be judged."""
    try:
        config = load_config(file, environ, overrides)
        places_of(config)
    except ConfigRefused as refused:
        return [broken("configuration", str(refused), "Correct the key it names.")]
    found = [good("configuration", _described(file, config))]
    data = Path(config.data)
    running = find_running(data)
    here = Situation(config, data, SystemClock(), running.port if running else None)
    return [*found, *(check(here) for check in CHECKS)]


def _described(file: Path | None, config: Config) -> str:
    source = f"{file.name} is understood" if file is not None else "There is no file"
    return f"{source}; this server is {config.domain}."
