"""A group that has written, met and decided: what is exported, deleted and searched for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from allmende.core.groups import Group
from allmende.core.ids import ItemId, PadId
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.chat.service import ChatService
from allmende.systems.meet import store as meet
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Kind
from allmende.systems.pads.service.engine import PadEngine
from allmende.systems.pads.service.keys import Keys
from allmende.systems.pads.service.port import PadPort
from allmende.systems.pads.service.rights import PadRights
from allmende.systems.pads.store import pads as pad_rows
from allmende.systems.plenum.model.agenda import Agenda, Item, ItemKind, ItemState
from allmende.systems.plenum.model.assembly import AssemblyState, Language, MinutesPad
from allmende.systems.plenum.store import assemblies
from allmende.transports.tasks import background
from tests.identity.town import Inline, Town
from tests.systems.pads.village import DEFAULTS


class Commune(Town):
    """Mara administers the group, juno is a member; both wrote in its chat and its pads."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.doors = Doors(self.bus, self.clock, b"k" * 32)
        self.chat = ChatService(database, self.doors, self.clock, retention_d=28)
        self.mara, self.juno = self.person("mara"), self.person("juno")
        self.commune: Group = self.group(self.mara, member=self.juno)
        page = self.run(self.identity.group_page(self.mara, self.commune.slug))
        self.room = page.rooms[0]

    def wrote(self, *words: str) -> None:
        """Let juno and mara write ``words`` into the chat, a rich pad and a plain one."""
        self.run(self._wrote(words))

    async def _wrote(self, words: tuple[str, ...]) -> None:
        engine = PadEngine(
            self.database,
            self.clock,
            self.bus,
            Inline(),
            PadLimits(),
            PadRights(self.database, self.doors, self.clock),
        )
        keys = Keys(b"p" * 32)
        pads = PadPort(self.database, self.doors, self.clock, keys, engine, DEFAULTS)
        async with background(engine.run(), name="engine"):
            slug = self.commune.slug
            rich = await pads.make_in_group(self.juno, slug, "Plan der Küche", Kind.RICH)
            plain = await pads.make_in_room(self.mara, self.room.slug, "liste", Kind.TEXT)
            for number, text in enumerate(words):
                await self.chat.say(self.juno, self.room.id, text, f"j{number}")
                await self.chat.say(self.mara, self.room.id, f"{text}, {number}", f"m{number}")
                await pads.append(self.juno, rich, "", text)
                await pads.append(self.mara, rich, "", f"**{text}**")
                await pads.append(self.juno, plain, "", text)
            await pads.name_state(self.mara, rich, "", "Stand vom Abend")
            await engine.stop()

    def met(self) -> None:
        """An assembly with two items and minutes, closed yesterday; one that is planned."""
        now = self.clock.now()

        def change(db: Any) -> None:
            pad = next(iter(pad_rows.pads_of_room(db, self.room.id)))
            path = Address(pad.name, room=self.room.slug).base
            new = assemblies.add_assembly(
                db, self.room.id, "Plenum im November", Language.DE, now - timedelta(days=2)
            )
            items = (
                Item(ItemId(1), "Begrüßung", ItemKind.INFO, 5, "juno", "", ItemState.DONE, 60_000),
                Item(ItemId(2), "Kasse", ItemKind.DECISION, 20, note="zwei\nZeilen"),
            )
            minutes = MinutesPad(id=PadId(pad.id), path=path, name=pad.name)
            after = replace(
                new,
                state=AssemblyState.CLOSED,
                opened_at=now - timedelta(days=1, hours=2),
                started_at=now - timedelta(days=1, hours=1),
                closed_at=now - timedelta(days=1),
                pad=minutes,
                attended=7,
                agenda=Agenda(items, 3),
            )
            assemblies.save(db, new, after)
            assemblies.add_assembly(
                db, self.room.id, "Nächstes Plenum", Language.EN, now + timedelta(days=7)
            )
            meet.set_max_cameras(db, self.room.id, 6)

        self.run(self.database.write(change))
