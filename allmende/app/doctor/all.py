"""The list of checks, and one walk along it."""

from collections.abc import Callable, Sequence
from typing import Final

from allmende.app.doctor import (
    backups,
    certificates,
    dns,
    jabber,
    kept,
    load,
    machine,
    mumble,
    people,
    reach,
    safety,
)
from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding, good

CHECKS: Final[Sequence[Callable[[Situation], Finding]]] = (
    certificates.valid,
    certificates.names,
    certificates.chain,
    certificates.renewal,
    certificates.curves,
    dns.ipv4,
    dns.ipv6,
    dns.caa,
    reach.pages,
    reach.https,
    reach.ipv6,
    reach.port_80,
    reach.udp,
    reach.media_tcp,
    reach.nat,
    kept.free,
    kept.room,
    kept.write_log,
    kept.integrity,
    kept.release,
    kept.latency,
    kept.files,
    kept.permissions,
    kept.key,
    kept.volume,
    backups.recipients,
    backups.newest,
    backups.drill,
    backups.place,
    backups.key,
    load.memory,
    load.swap,
    load.file_descriptors,
    load.buffers,
    load.loop,
    load.dropped,
    people.operators,
    people.moderators,
    people.requests,
    people.groups,
    people.recoveries,
    people.registration,
    safety.python,
    safety.openssl,
    safety.debug,
    safety.core_dumps,
    safety.swap,
    safety.proxy_log,
    safety.journal,
    machine.clock,
    machine.web_client,
    mumble.port,
    mumble.certificates,
    mumble.fanout,
    jabber.ports,
    jabber.certificate,
)
AREAS: Final = (
    "configuration",
    "certificate",
    "names",
    "reach",
    "storage",
    "backup",
    "load",
    "people",
    "safety",
    "machine",
    "voice",
    "chat",
)
"""What checks are about, in the order of a page; each has a title ``check.area-NAME``."""


def findings(here: Situation) -> Sequence[Finding]:
    """Ask every check. Takes seconds: names are looked up, the database may be read whole."""
    understood = good("configuration.file", "check.configuration-good", domain=here.domain)
    return [understood, *(check(here) for check in CHECKS)]
