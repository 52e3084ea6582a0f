"""The parts of plenum put together."""

from dataclasses import dataclass
from typing import Any, Final

from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import FactId
from allmende.core.parts import Job, Part
from allmende.core.ports.conference import ConferenceBackend
from allmende.core.ports.pads import Pads
from allmende.identity.events import RoomGone
from allmende.identity.system import Identity
from allmende.storage.database import Database
from allmende.systems.pads.events import PadDeleted, PadExpired
from allmende.systems.plenum.events import FACTS
from allmende.systems.plenum.service import PlenumService
from allmende.systems.plenum.service.watching import TICK_S
from allmende.systems.plenum.web import WebKit, api_routes, live_views, page_routes

ACTS_PER_S: Final = 20


@dataclass(frozen=True, slots=True)
class Plenum:
    """What the composition root gets."""

    service: PlenumService
    part: Part


def build(
    database: Database,
    bus: Bus,
    clock: Clock,
    identity: Identity,
    ports: tuple[ConferenceBackend, Pads | None],
    kit: WebKit,
) -> Plenum:
    """Put plenum together; without pads there are no minutes."""
    conference, pads = ports
    plenum = PlenumService(
        database, identity.service, identity.doors, conference, pads, clock, kit.zone
    )
    watch(bus, plenum)
    part = Part(
        name="plenum",
        facts=FACTS,
        routes=[*page_routes(plenum, kit), *api_routes(plenum, kit)],
        live=live_views(plenum),
        jobs=[Job(name="plenum-tick", every_s=TICK_S, run=plenum.tick)],
        tasks=[plenum.writing.run],
    )
    return Plenum(plenum, part)


def watch(bus: Bus, plenum: PlenumService) -> None:
    """Follow what others did, and on every node what plenum did."""

    async def changed(_: FactId, fact: Any) -> None:
        plenum.forget(fact.room_id)
        plenum.writing.wake()

    async def room_gone(_: FactId, fact: RoomGone) -> None:
        await plenum.room_gone(fact.room_id)

    async def pad_gone(_: FactId, fact: PadDeleted | PadExpired) -> None:
        await plenum.pad_gone(fact.pad_id)

    for kind in FACTS:
        bus.watch(kind, changed)
    bus.subscribe(RoomGone, "plenum.rooms", room_gone)
    bus.subscribe(PadDeleted, "plenum.pads", pad_gone)
    bus.subscribe(PadExpired, "plenum.pads", pad_gone)
