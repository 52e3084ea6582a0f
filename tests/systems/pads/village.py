"""A town with pads: people, a group, rooms, and short ways to all of them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from allmende.core.accounts import STRANGER, Caller, Guest
from allmende.core.groups import Group
from allmende.core.ids import GuestId, PadId, RoomId
from allmende.core.rooms import LinkRight, Lobby, Room
from allmende.identity.access import guest_key
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.storage.types import metadata
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, History, Kind, Pad
from allmende.systems.pads.service.keys import Keys
from allmende.systems.pads.service.needs import PadDefaults
from allmende.systems.pads.service.port import PadPort
from allmende.systems.pads.service.rights import PadRights
from tests.identity.town import Town
from tests.systems.pads.texts import FakeTexts

DEFAULTS = PadDefaults(
    create="anyone",
    top_level_names=True,
    expiry_days=30,
    history=History.FULL,
    text_bytes=100_000,
)
MARA, RABE = "cookie-of-mara-0", "cookie-of-rabe-0"
ROLES = ("guest", "member", "facilitator", "admin")


class Village(Town):
    """The town, its doors, its pads. ``mara`` administers the group."""

    def __init__(self, database: Database, defaults: PadDefaults = DEFAULTS) -> None:
        super().__init__(database)
        self.doors = Doors(self.bus, self.clock, b"k" * 32)
        self.keys = Keys(b"p" * 32)
        self.texts = FakeTexts(database, self.clock)
        self.pads = PadPort(database, self.doors, self.clock, self.keys, self.texts, defaults)
        self.rights = PadRights(database, self.doors, self.clock)

    # --- people and places ------------------------------------------------------------------

    def people(self) -> dict[str, Caller]:
        """A group with somebody of each role, and somebody outside, by name."""
        known = {role: self.person(f"the_{role}") for role in ROLES}
        known["outsider"] = self.person("outsider")
        self.known = known
        others = {role: known[role] for role in ROLES if role != "admin"}
        self.commune: Group = self.group(known["admin"], **others)
        return known

    def a_room(self, who: Caller, lobby: Lobby = Lobby.OFF) -> Room:
        room = self.run(self.identity.make_room(who, self.commune.id, "Küche"))
        self.run(
            self.identity.change_room(who, room.id, name="Küche", lobby=lobby, guests_share=False)
        )
        return replace(room, lobby=lobby)

    def by_link(self, who: Caller, room: Room, right: LinkRight, name: str = "Rabe") -> Caller:
        """A guest of a room who came by a link."""
        token = self.run(self.identity.make_link(who, room.id, right, right, days=1, uses=None))
        return self.guest(room.id, name, token)

    def knock(self, who: Caller, room: Room) -> None:
        assert who.guest is not None
        key = guest_key(who.guest)
        self.doors.ask(room, key, who.guest.name, facilitator=False, member=False)

    # --- pads -------------------------------------------------------------------------------

    def made(
        self, title: str = "", kind: Kind = Kind.RICH, name: str = ""
    ) -> tuple[Address, Address]:
        """A pad without account: its address, and its link for admins."""
        made = self.run(self.pads.make(STRANGER, title, kind, name))
        return made.address, Address(f"a.{made.admin_token}")

    def links(self, admin: Address) -> dict[Capability, Address]:
        shown = self.run(self.pads.settings(STRANGER, admin))
        return {one.link.capability: one.address for one in shown.links}

    def pad(self, who: Caller, address: Address) -> Pad:
        return self.run(self.pads.open(who, address)).pad

    def may(self, who: Caller, address: Address) -> Capability:
        return self.run(self.pads.open(who, address)).capability

    def write(self, who: Caller, address: Address, words: str, secret: str = RABE) -> None:
        self.run(self.pads.append(who, address, secret, words))

    def row(self, pad_id: PadId) -> Any:
        found = text("SELECT * FROM pads_pad WHERE id = :id")
        return self.run(
            self.database.read(lambda db: db.execute(found, {"id": pad_id}).one_or_none())
        )

    def count(self, table: str) -> int:
        question = select(func.count()).select_from(metadata.tables[table])
        return int(self.run(self.database.read(lambda db: db.execute(question).scalar_one())))

    def facts(self) -> list[str]:
        """The names of all facts of pads so far."""
        question = text("SELECT name FROM event_log ORDER BY id")
        names = self.run(self.database.read(lambda db: list(db.execute(question).scalars())))
        return [name.removeprefix("pads.") for name in names if name.startswith("pads.")]

    @property
    def now(self) -> datetime:
        return self.clock.now()


def nobody_of(room_id: int) -> Caller:
    """A guest whose room is another one."""
    return Caller(guest=Guest(GuestId("rabe"), RoomId(room_id), "Rabe"))
