"""What those who look after a pad see and change: settings, links, lock, whose text is whose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput, NotFound, QuotaExceeded
from allmende.core.ids import PadId
from allmende.identity.model.names import clean_title
from allmende.storage.outbox import record
from allmende.systems.pads.events import PadLocked, PadRightsChanged
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind, Pad, PadLink, PadLinkId
from allmende.systems.pads.model.policy import (
    EXPIRY_DAYS,
    MAX_LINK_DAYS,
    MAX_LINKS,
    NEVER_EDITED,
    end_of,
)
from allmende.systems.pads.service.finding import OpenPad
from allmende.systems.pads.service.making import Making
from allmende.systems.pads.service.needs import PIECE
from allmende.systems.pads.service.rights import is_good
from allmende.systems.pads.store import links, pads
from allmende.systems.pads.store.pads import PadSettings


@dataclass(frozen=True, slots=True)
class LinkShown:
    """A link as those see it who may hand it on."""

    link: PadLink
    address: Address


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """What the page of settings shows."""

    opened: OpenPad
    links: Sequence[LinkShown]


class Settings(Making):
    """All of it needs ``admin``, but for handing links on."""

    async def settings(self, who: Caller, address: Address) -> SettingsShown:
        """Return settings and links. Raises NotFound, NotAllowed ``pads.admins-only``."""

        def question(db: Connection) -> SettingsShown:
            opened = self._allowed(db, who, address, Capability.ADMIN)
            return SettingsShown(opened, self._links(db, opened))

        return await self._database.read(question)

    async def links_to_share(self, who: Caller, address: Address) -> Sequence[LinkShown]:
        """Return the links that give no more than the caller has; readers get none of them."""

        def question(db: Connection) -> Sequence[LinkShown]:
            opened = self._found(db, who, address)
            if not opened.capability.allows(Capability.EDIT):
                return ()
            return [
                one
                for one in self._links(db, opened)
                if one.link.capability is not Capability.ADMIN
                and opened.capability.allows(one.link.capability)
            ]

        return await self._database.read(question)

    async def change(self, who: Caller, address: Address, new: PadSettings) -> None:
        """Change title, policy and end. Raises NotFound, NotAllowed, InvalidInput with a field."""
        title = clean_title(new.title, "title") if new.title.strip() else ""
        now = self._clock.now()

        def change(db: Connection) -> Pad:
            pad = self._allowed(db, who, address, Capability.ADMIN).pad
            wanted = _fitting(replace(new, title=title), pad)
            later = replace(pad, expiry_days=wanted.expiry_days)
            if pad.room_id is None and pad.edited_at is None:
                later = replace(later, ends_at=pad.ends_at or now + NEVER_EDITED)
            pads.change_pad(db, pad.id, wanted, end_of(later))
            record(db, PadRightsChanged(at=now, pad_id=pad.id))
            return later

        pad = await self._database.write(change)
        await self._engine.tell_expiry(pad.id, end_of(pad))

    async def make_link(
        self, who: Caller, address: Address, capability: Capability, label: str, days: int | None
    ) -> None:
        """Make a link. Raises NotFound, NotAllowed, InvalidInput ``label``, ``days``."""
        called = clean_title(label, "label") if label.strip() else ""
        if days is not None and not 1 <= days <= MAX_LINK_DAYS:
            raise InvalidInput("pads.link-days", field="days", max=MAX_LINK_DAYS)
        now = self._clock.now()
        ends_at = None if days is None else now + timedelta(days=days)

        def change(db: Connection) -> None:
            pad = self._allowed(db, who, address, Capability.ADMIN).pad
            if links.count_links(db, pad.id) >= MAX_LINKS:
                raise QuotaExceeded("pads.too-many-links", field="label", max=MAX_LINKS)
            self._link(db, pad.id, capability, called, now, expires_at=ends_at)

        await self._database.write(change)

    async def revoke_link(self, who: Caller, address: Address, link_id: PadLinkId) -> None:
        """Take a link back; who came by it is out within seconds. Raises NotFound, NotAllowed."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            pad = self._allowed(db, who, address, Capability.ADMIN).pad
            if not links.revoke_link(db, pad.id, link_id, now):
                raise NotFound("pads.no-such-link")
            record(db, PadRightsChanged(at=now, pad_id=pad.id))

        await self._database.write(change)

    async def end_links(self) -> None:
        """Delete links past their time; who came by them is asked again."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            for pad_id in links.delete_ended(db, now, most=PIECE):
                record(db, PadRightsChanged(at=now, pad_id=pad_id))

        await self._database.write(change)

    async def lock(self, who: Caller, address: Address, *, locked: bool) -> None:
        """Make the pad read-only for all but admins, or open again. Raises NotFound, NotAllowed."""

        def change(db: Connection) -> PadId:
            pad = self._allowed(db, who, address, Capability.ADMIN).pad
            self._lock(db, pad.id, locked)
            return pad.id

        await self._engine.set_locked(await self._database.write(change), locked)

    async def freeze(self, pad_id: PadId, *, locked: bool) -> None:
        """The same by a system. Raises NotFound ``pads.not-found``."""

        def change(db: Connection) -> None:
            if pads.find_pad(db, pad_id) is None:
                raise NotFound("pads.not-found")
            self._lock(db, pad_id, locked)

        await self._database.write(change)
        await self._engine.set_locked(pad_id, locked)

    async def convert(self, who: Caller, address: Address) -> None:
        """Make rich text plain, or plain text rich; the state before is kept.

        Raises NotFound, NotAllowed, Unavailable, Conflict ``pads.changed-meanwhile``.
        """
        pad = (
            await self._database.read(lambda db: self._allowed(db, who, address, Capability.ADMIN))
        ).pad
        wanted = Kind.TEXT if pad.kind is Kind.RICH else Kind.RICH
        language = "markdown" if wanted is Kind.TEXT else ""
        await self._engine.convert(pad.id, wanted, language, None)

    async def clear_authorship(self, who: Caller, address: Address) -> None:
        """Forget whose text is whose, up to now. Raises NotFound, NotAllowed."""
        opened = await self._database.read(
            lambda db: self._allowed(db, who, address, Capability.ADMIN)
        )
        await self._engine.clear_authorship(opened.pad.id)

    def _lock(self, db: Connection, pad_id: PadId, locked: bool) -> None:
        pads.set_locked(db, pad_id, locked)
        record(db, PadLocked(at=self._clock.now(), pad_id=pad_id, locked=locked))

    def _links(self, db: Connection, opened: OpenPad) -> Sequence[LinkShown]:
        now = self._clock.now()
        return [
            LinkShown(link, Address(f"{link.capability[0]}.{self._keys.token(link)}"))
            for link in links.links_of(db, opened.pad.id)
            if is_good(link, now)
        ]


def _fitting(new: PadSettings, pad: Pad) -> PadSettings:
    """A pad of a room opens and ends with its room; only a group may keep one for ever."""
    if pad.room_id is not None:
        return replace(new, who_edits=pad.who_edits, who_reads=pad.who_reads, expiry_days=None)
    for_ever = new.expiry_days is None
    if (for_ever and pad.group_id is None) or not (for_ever or new.expiry_days in EXPIRY_DAYS):
        raise InvalidInput("pads.must-end", field="expiry")
    return new
