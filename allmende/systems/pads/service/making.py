"""Making pads: at a random address, with a name at top level, in a group, in a room."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn, QuotaExceeded
from allmende.core.ids import PadId, RoomId
from allmende.core.permissions import Permission
from allmende.identity.model.names import clean_title
from allmende.storage.outbox import record
from allmende.systems.pads.events import PadCreated
from allmende.systems.pads.model import names
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind, Pad, PadLink, Whom
from allmende.systems.pads.model.policy import (
    MAX_PADS_OF_GROUP,
    MAX_PADS_OF_ROOM,
    NEVER_EDITED,
)
from allmende.systems.pads.service.finding import group_at, room_entered
from allmende.systems.pads.service.needs import Needs
from allmende.systems.pads.store import links, pads


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A pad outside of groups and rooms, with the address and the links that are shown once."""

    address: Address
    admin_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeShown:
    """What the page after making a pad shows."""

    pad: Pad
    address: Address
    edit_token: str
    read_token: str
    admin_token: str


class Making(Needs):
    """Nobody needs an account; whether the work was proven is asked by the page."""

    def require_making(self, who: Caller) -> None:
        """Raise NotAllowed ``pads.making-off`` or NotSignedIn if ``who`` may not make pads."""
        if self._defaults.create == "members" and who.account_id is None:
            raise NotSignedIn("pads.making-members")
        if self._defaults.create == "link" and who.account_id is None and who.guest is None:
            raise NotAllowed("pads.making-link")

    @property
    def top_level_names(self) -> bool:
        """Whether a pad outside of groups may have a name instead of a random address."""
        return self._defaults.top_level_names

    async def make(self, who: Caller, title: str, kind: Kind, name: str = "") -> Made:
        """Make a pad at a random address, or at ``/p/NAME`` where the operator allows it.

        Raises NotAllowed, NotSignedIn, InvalidInput ``title``, ``name``, Conflict ``name``.
        """
        self.require_making(who)
        shown = clean_title(title, "title") if title.strip() else ""
        chosen = names.clean_top_name(name) if name.strip() and self.top_level_names else ""
        address = Address(chosen or names.random_name())
        place = names.top_place(chosen) if chosen else names.random_place(address.name)
        now = self._clock.now()
        new = replace(
            self._new(place, chosen, kind, now),
            title=shown or chosen,
            who_edits=Whom.LINK,
            who_reads=Whom.LINK,
        )

        def change(db: Connection) -> str:
            if pads.is_buried(db, self._keys.place_hash(place), now):
                raise Conflict("pads.name-taken", field="name")
            pad_id = self._add(db, new)
            admin = self._link(db, pad_id, Capability.ADMIN, "", now)
            self._link(db, pad_id, Capability.EDIT, "", now)
            self._link(db, pad_id, Capability.READ, "", now)
            record(db, PadCreated(at=now, pad_id=pad_id))
            return self._keys.token(admin)

        return Made(address=address, admin_token=await self._database.write(change))

    async def made(self, address: Address, admin_token: str) -> MadeShown:
        """Return what is shown to whoever has just made a pad. Raises NotFound."""

        def question(db: Connection) -> MadeShown:
            opened = self._found(db, Caller(), Address(f"a.{admin_token}"))
            beside = self._found(db, Caller(), address)
            is_theirs = opened.pad.id == beside.pad.id
            if not is_theirs or opened.capability is not Capability.ADMIN:
                raise NotFound("pads.not-found")
            tokens = {
                link.capability: self._keys.token(link)
                for link in links.links_of(db, opened.pad.id)
            }
            return MadeShown(
                pad=opened.pad,
                address=address,
                edit_token=tokens.get(Capability.EDIT, ""),
                read_token=tokens.get(Capability.READ, ""),
                admin_token=admin_token,
            )

        return await self._database.read(question)

    async def make_in_group(self, who: Caller, slug: str, name: str, kind: Kind) -> Address:
        """Make a pad with a name in a group, or answer Conflict ``pads.name-taken``.

        Raises NotFound, NotAllowed, InvalidInput ``name``, QuotaExceeded.
        """
        called, title = names.clean_name(name), clean_title(name)
        now = self._clock.now()

        def change(db: Connection) -> None:
            group = group_at(db, who, slug, Permission.PADS_MAKE)
            if pads.count_of_group(db, group.id) >= MAX_PADS_OF_GROUP:
                raise QuotaExceeded("pads.too-many-pads", field="name", max=MAX_PADS_OF_GROUP)
            new = self._new(names.group_place(group.id, called), called, kind, now)
            pad_id = self._add(db, replace(new, group_id=group.id, title=title))
            record(db, PadCreated(at=now, pad_id=pad_id))

        await self._database.write(change)
        return Address(called, group=slug)

    async def make_in_room(self, who: Caller, slug: str, name: str, kind: Kind) -> Address:
        """Make a pad with a name in a room. It lasts as long as the room.

        Raises NotFound, NotAllowed, InvalidInput ``name``, QuotaExceeded, Conflict.
        """
        called, title = names.clean_name(name), clean_title(name)
        now = self._clock.now()

        def change(db: Connection) -> None:
            room = room_entered(db, self._doors, who, slug, Permission.PADS_MAKE)
            self._add_to_room(db, room.id, called, title, kind, now)

        await self._database.write(change)
        return Address(called, room=slug)

    def _add_to_room(
        self, db: Connection, room_id: RoomId, name: str, title: str, kind: Kind, now: datetime
    ) -> PadId:
        if pads.count_of_room(db, room_id) >= MAX_PADS_OF_ROOM:
            raise QuotaExceeded("pads.too-many-pads", field="name", max=MAX_PADS_OF_ROOM)
        new = self._new(names.room_place(room_id, name), name, kind, now)
        in_room = replace(new, room_id=room_id, title=title, expiry_days=None, ends_at=None)
        pad_id = self._add(db, in_room)
        record(db, PadCreated(at=now, pad_id=pad_id))
        return pad_id

    def _add(self, db: Connection, new: Pad) -> PadId:
        if pads.find_pad_at(db, new.place) is not None:
            raise Conflict("pads.name-taken", field="name")
        return pads.add_pad(db, new)

    def _link(
        self,
        db: Connection,
        pad_id: PadId,
        capability: Capability,
        label: str,
        now: datetime,
        *,
        expires_at: datetime | None = None,
    ) -> PadLink:
        link = links.add_link(
            db,
            pad_id=pad_id,
            capability=capability,
            label=label,
            created_at=now,
            expires_at=expires_at,
        )
        links.set_hash(db, link.id, self._keys.hash_of(link))
        return link

    def _new(self, place: str, name: str, kind: Kind, now: datetime) -> Pad:
        return Pad(
            id=PadId(0),
            place=place,
            name=name,
            group_id=None,
            room_id=None,
            kind=kind,
            language="markdown" if kind is Kind.TEXT else "",
            generation=1,
            title=name,
            who_edits=Whom.MEMBERS,
            who_reads=Whom.MEMBERS,
            readers_see_history=False,
            history=self._defaults.history,
            locked=False,
            expiry_days=names.expiry_days(name, self._defaults.expiry_days),
            created_on=now.replace(hour=0, minute=0, second=0, microsecond=0),
            edited_at=None,
            ends_at=now + NEVER_EDITED,
            head_seq=0,
            state_seq=0,
            log_bytes=0,
            authors_from=0,
            append_keys="",
        )
