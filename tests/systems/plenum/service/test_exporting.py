"""Assemblies leave as they are; one that is being held leaves as one that was closed."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from allmende.core.exports import Numbers
from allmende.core.ids import ItemId
from allmende.storage.database import Database
from allmende.systems.plenum.model.agenda import Agenda, Item, ItemKind, ItemState
from allmende.systems.plenum.model.assembly import AssemblyState, Language
from allmende.systems.plenum.service.exporting import PlenumExports
from allmende.systems.plenum.store import assemblies
from tests.app.commune import Commune


def exported(commune: Commune) -> list[dict[str, Any]]:
    async def files() -> list[dict[str, Any]]:
        found = PlenumExports(commune.database).of_group(commune.commune.id, Numbers())
        return [json.loads(file.body) async for file in found]

    return asyncio.run(files())


def test_the_agenda_leaves_in_its_order(sqlite: Database) -> None:
    commune = Commune(sqlite)
    commune.wrote("hallo")
    commune.met()
    closed, planned = exported(commune)
    assert [item["title"] for item in closed["items"]] == ["Begrüßung", "Kasse"]
    assert (closed["state"], closed["attended"]) == ("closed", 7)
    assert closed["minutes"] is None  # its pad has no number here: pads gave none
    assert (planned["state"], planned["items"]) == ("planned", [])


def test_what_is_being_held_leaves_as_closed(sqlite: Database) -> None:
    commune = Commune(sqlite)
    now = commune.clock.now()

    def change(db: Connection) -> None:
        new = assemblies.add_assembly(db, commune.room.id, "Jetzt", Language.DE, now)
        item = Item(ItemId(1), "Runde", ItemKind.INFO, 5, state=ItemState.RUNNING, since_ms=5)
        after = replace(new, state=AssemblyState.RUNNING, agenda=Agenda((item,), 2))
        assemblies.save(db, new, after)

    asyncio.run(sqlite.write(change))
    (held,) = exported(commune)
    assert held["state"] == "closed"
    assert held["items"][0]["state"] == "waiting"
