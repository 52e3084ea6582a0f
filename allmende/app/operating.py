"""The house looks at itself: the doctor's rounds, and what the operator's room shows."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

import allmende.systems.desk.system
from allmende.app.certificates import acme_files, certificate_files
from allmende.app.doctor.all import AREAS
from allmende.app.doctor.dns import caa_record, has_name
from allmende.app.doctor.rounds import Rounds
from allmende.app.doctor.situation import Situation
from allmende.app.ground import Ground
from allmende.app.parts import Building
from allmende.core.findings import Round
from allmende.core.parts import Part
from allmende.storage.recipients import recipients_of
from allmende.storage.runs import FOLDER, last_runs
from allmende.systems.chat.wire.server import Server
from allmende.systems.chat.wire.servers.state import DomainState
from allmende.systems.desk.model.operating import (
    BackupShown,
    BackupsShown,
    CertificateShown,
    ServerShown,
    ServersShown,
)
from allmende.systems.desk.service.operating import OperatingService
from allmende.systems.desk.web import DeskKit
from allmende.transports import tls
from allmende.transports.pulse import Pulse
from allmende.transports.threads import open_threads
from allmende.transports.trust import Doubt

_MEGABYTE: Final = 1_000_000
_SHOWN: Final = 30
_LOOKS_WAITING: Final = 4


def operating_of(
    house: Building, web: DeskKit, stack: AsyncExitStack, chats: Callable[[], Server | None]
) -> Part:
    """Return the part that has the operator's room and the rounds.

    ``chats``: what talks with other servers, once it is there.
    """
    ground = house.ground
    threads = stack.enter_context(open_threads(size=1, waiting=_LOOKS_WAITING))
    rounds = Rounds(ground, house.database, threads, house.kit.catalogues)
    pulse = Pulse(ground.data, ground.clock)
    service = OperatingService(house.database, Knowledge(ground, rounds, chats))
    tasks: list[Callable[[], Coroutine[Any, Any, None]]] = [rounds.run, pulse.run]
    return allmende.systems.desk.system.build_operating(service, web, AREAS, tasks)


class Knowledge:
    """What the house knows of itself; desk's ``Machinery``."""

    def __init__(self, ground: Ground, rounds: Rounds, chats: Callable[[], Server | None]) -> None:
        self._ground = ground
        self._chats = chats
        self._rounds = rounds

    @property
    def last_round(self) -> Round | None:
        """Return what the doctor found last."""
        return self._rounds.last

    async def look(self) -> Round:
        """Let the doctor look now."""
        return await self._rounds.look()

    async def certificate(self) -> CertificateShown:
        """Return how the certificate stands."""
        return await asyncio.to_thread(certificate_shown, self._ground)

    async def backups(self) -> BackupsShown:
        """Return what became of the last backups."""
        return await asyncio.to_thread(backups_shown, self._ground)

    async def servers(self) -> ServersShown:
        """Return how it stands with other servers."""
        chats = self._chats()
        states = () if chats is None else chats.states.all()
        return servers_shown(self._ground, states)


def certificate_shown(ground: Ground) -> CertificateShown:
    """Read the files."""
    config, mode = ground.config, ground.places.encryption
    files = certificate_files(config, ground.places, ground.data)
    if files is None:
        return CertificateShown(mode=mode)
    try:
        names, ends = tls.names_in(files[0]), tls.ends_at(files[0])
    except tls.CertificateRefused:
        names, ends = (), None
    if mode != "acme":
        return CertificateShown(mode=mode, names=names, ends=ends)
    acme = acme_files(ground.data)
    standing, here = acme.standing(), _situation(ground)
    return CertificateShown(
        mode=mode,
        names=names,
        ends=ends,
        is_waiting=files[0] != acme.bundle(config.domain),
        renew_at=standing.renew_at,
        problem=standing.problem,
        failures=standing.failures,
        next_try=standing.next_try,
        record=caa_record(here) if has_name(here) else "",
    )


def backups_shown(ground: Ground) -> BackupsShown:
    """Read what the runs left behind."""
    config, state = ground.config.backup, last_runs(ground.data)
    runs = state.runs[-_SHOWN:] if state else []
    return BackupsShown(
        folder=config.folder or FOLDER,
        is_nightly=config.nightly,
        recipients=len(recipients_of(ground.data, config.recipients)),
        runs=[
            BackupShown(
                at=run.at,
                file=run.file,
                result=run.result,
                size_mb=round(run.size_bytes / _MEGABYTE, 1),
                why=run.message_id,
            )
            for run in reversed(runs)
        ],
    )


def servers_shown(ground: Ground, states: Sequence[DomainState]) -> ServersShown:
    """Return them in the words of the page."""
    return ServersShown(
        federation=ground.config.chat.federation,
        servers=[
            ServerShown(
                domain=one.domain,
                incoming=one.incoming,
                outgoing=one.outgoing,
                queued=one.queued,
                proof=one.proof,
                doubt="" if one.doubt is Doubt.NONE else one.doubt,
                error=one.error or "",
                failed_at=one.failed_at,
            )
            for one in states
        ],
    )


def _situation(ground: Ground) -> Situation:
    return Situation(config=ground.config, data=ground.data, clock=ground.clock)
