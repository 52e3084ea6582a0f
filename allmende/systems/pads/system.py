"""The parts of pads put together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from starlette.routing import BaseRoute

from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import FactId
from allmende.core.parts import Part
from allmende.identity.events import (
    AccountFrozen,
    AccountGone,
    CertificateRevoked,
    CredentialRevoked,
    DoorAnswered,
    GroupGone,
    GuestBanned,
    LinkRevoked,
    MembershipChanged,
    RoomChanged,
    RoomGone,
    SessionRevoked,
)
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.pads.events import (
    FACTS,
    PadDeleted,
    PadExpired,
    PadLocked,
    PadRightsChanged,
)
from allmende.systems.pads.jobs import pad_jobs
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.service.engine import PadEngine
from allmende.systems.pads.service.engine.sockets import Threads
from allmende.systems.pads.service.keys import Keys, read_key
from allmende.systems.pads.service.needs import PadDefaults
from allmende.systems.pads.service.port import PadPort
from allmende.systems.pads.service.rights import PadRights
from allmende.systems.pads.service.thinning import Thinning
from allmende.systems.pads.web import PadKit, routes
from allmende.systems.pads.wire import live_routes

KEY_FILE = Path("keys") / "pads.key"
"""In the data folder, outside of the database; ``storage.backup.ALSO`` saves it."""


OfAccount = (
    SessionRevoked
    | CredentialRevoked
    | CertificateRevoked
    | MembershipChanged
    | AccountFrozen
    | AccountGone
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What pads stand on. ``data``: the data folder; ``threads``: for work that takes long."""

    database: Database
    doors: Doors
    bus: Bus
    clock: Clock
    threads: Threads
    data: Path


async def build(
    grounds: Grounds, defaults: PadDefaults, limits: PadLimits, kit: PadKit
) -> tuple[Part, PadPort]:
    """Return pads, and their service as the port Pads for others; reads the key of links."""
    database, doors, clock = grounds.database, grounds.doors, grounds.clock
    keys = Keys(await asyncio.to_thread(read_key, grounds.data / KEY_FILE))
    engine = PadEngine(
        database,
        clock,
        grounds.bus,
        grounds.threads,
        limits,
        PadRights(database, doors, clock),
        lambda message_id, language: kit.texts.text(language, message_id),
    )
    pads = PadPort(database, doors, clock, keys, engine, defaults)
    watch_pads(grounds.bus, engine)
    watch_people(grounds.bus, engine)
    watch_ends(grounds.bus, pads)
    all_routes: Sequence[BaseRoute] = [*live_routes(engine), *routes(pads, kit)]
    part = Part(
        name="pads",
        facts=FACTS,
        routes=all_routes,
        jobs=pad_jobs(pads, Thinning(database, clock)),
        tasks=(engine.run,),
    )
    return part, pads


def watch_pads(bus: Bus, engine: PadEngine) -> None:
    """What changed about a pad is true for open editors at once, whoever changed it."""

    async def rights_changed(_: FactId, fact: PadRightsChanged) -> None:
        await engine.recheck(fact.pad_id)

    async def locked(_: FactId, fact: PadLocked) -> None:
        await engine.set_locked(fact.pad_id, fact.locked)

    async def gone(_: FactId, fact: PadDeleted | PadExpired) -> None:
        await engine.forget(fact.pad_id)

    bus.watch(PadRightsChanged, rights_changed)
    bus.watch(PadLocked, locked)
    bus.watch(PadDeleted, gone)
    bus.watch(PadExpired, gone)


def watch_people(bus: Bus, engine: PadEngine) -> None:
    """Who lost what they came in by is out within seconds (P-7)."""

    async def account(_: FactId, fact: OfAccount) -> None:
        await engine.recheck_account(fact.account_id)

    async def in_room(_: FactId, fact: LinkRevoked | GuestBanned | RoomChanged) -> None:
        await engine.recheck_room(fact.room_id)

    def answered(signal: DoorAnswered) -> None:
        engine.recheck_room_soon(signal.room_id)

    for kind in get_args(OfAccount):
        bus.watch(kind, account)
    bus.watch(LinkRevoked, in_room)
    bus.watch(GuestBanned, in_room)
    bus.watch(RoomChanged, in_room)
    bus.watch_signal(DoorAnswered, answered)


def watch_ends(bus: Bus, pads: PadPort) -> None:
    """A room or group takes its pads along; an account leaves texts without a name."""

    async def room_gone(_: FactId, fact: RoomGone) -> None:
        await pads.room_gone(fact.room_id)

    async def account_gone(_: FactId, fact: AccountGone) -> None:
        await pads.account_gone(fact.account_id)

    async def group_gone(_: FactId, fact: GroupGone) -> None:
        await pads.group_gone(fact.group_id)

    bus.subscribe(RoomGone, "pads.rooms", room_gone)
    bus.subscribe(GroupGone, "pads.groups", group_gone)
    bus.subscribe(AccountGone, "pads.accounts", account_gone)
