"""Plenum put together: what it brings, and what it follows."""

import asyncio

from allmende.core.ids import AssemblyId, PadId
from allmende.identity.events import RoomGone
from allmende.storage.database import Database
from allmende.systems.pads.events import PadDeleted, PadExpired
from allmende.systems.plenum.events import FACTS, AssemblyStarted
from allmende.systems.plenum.model.assembly import Start
from tests.facts import tell
from tests.systems.plenum.conftest import Hall
from tests.systems.plenum.street import Street


def test_the_part_brings_routes_facts_a_job_and_the_hand_that_writes(sqlite: Database) -> None:
    part = Street(Hall(sqlite)).plenum.part
    assert (part.name, part.facts) == ("plenum", FACTS)
    assert [job.name for job in part.jobs] == ["plenum-tick"]
    assert len(part.tasks) == 1
    assert len(part.live) == len(FACTS)


def test_it_follows_what_others_did(sqlite: Database) -> None:
    hall = Hall(sqlite)
    street = Street(hall)
    hall.open()
    now, room_id = hall.clock.now(), hall.room.id
    other = hall.built()
    hall.run(other.act(hall.facilitator, room_id, Start()))
    assert hall.now().state == "open"
    started = AssemblyStarted(at=now, assembly_id=AssemblyId(1), room_id=room_id)
    asyncio.run(tell(street.bus, started))
    assert hall.now().state == "running"
    assert hall.now().minutes is not None
    asyncio.run(tell(street.bus, PadDeleted(at=now, pad_id=PadId(1))))
    assert hall.now().minutes is None
    asyncio.run(tell(street.bus, PadExpired(at=now, pad_id=PadId(1))))
    asyncio.run(tell(street.bus, RoomGone(at=now, room_id=room_id)))
    snapshot = hall.run(hall.plenum.snapshot(hall.facilitator, room_id))
    assert snapshot.assembly is None
