"""Rows of links, on both databases."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Connection

from allmende.core.ids import PadId
from allmende.storage.database import Database
from allmende.systems.pads.model.pad import Capability, PadLink
from allmende.systems.pads.store import links
from tests.identity.town import BEGINNING

PAD, OTHER = PadId(1), PadId(2)
LATER = BEGINNING + timedelta(days=1)


def add(db: Connection, token_hash: str, pad: PadId = PAD, end: datetime | None = None) -> PadLink:
    link = links.add_link(
        db,
        pad_id=pad,
        capability=Capability.EDIT,
        label="Camp",
        created_at=BEGINNING,
        expires_at=end,
    )
    links.set_hash(db, link.id, token_hash)
    return link


def test_a_link_is_found_by_number_and_by_the_hash_of_its_token(database: Database) -> None:
    def change(db: Connection) -> None:
        link, other = add(db, "one"), add(db, "two", OTHER)
        assert links.find_link(db, link.id) == links.find_link_of(db, "one") == link
        assert links.find_link_of(db, "three") is None
        assert links.find_link_of(db, "") is None
        assert links.links_of(db, PAD) == [link]
        assert links.count_links(db, OTHER) == 1
        links.delete_links(db, OTHER)
        assert links.find_link(db, other.id) is None

    asyncio.run(database.write(change))


def test_a_link_is_taken_back_once_and_only_by_its_own_pad(database: Database) -> None:
    def change(db: Connection) -> None:
        link = add(db, "one")
        assert not links.revoke_link(db, OTHER, link.id, LATER)
        assert links.revoke_link(db, PAD, link.id, LATER)
        assert not links.revoke_link(db, PAD, link.id, LATER)
        assert links.links_of(db, PAD) == []
        found = links.find_link_of(db, "one")
        assert found is not None
        assert (found.revoked_at, found.expires_at) == (LATER, LATER)

    asyncio.run(database.write(change))


def test_ended_links_go_and_only_those_that_ended_by_themselves_are_told(
    database: Database,
) -> None:
    def change(db: Connection) -> None:
        add(db, "for ever")
        add(db, "ends", end=LATER)
        taken = add(db, "taken", OTHER)
        links.revoke_link(db, OTHER, taken.id, LATER)
        assert links.delete_ended(db, BEGINNING, most=9) == []
        assert links.delete_ended(db, LATER, most=9) == [PAD]
        assert links.count_links(db, PAD) == 1
        assert links.count_links(db, OTHER) == 0

    asyncio.run(database.write(change))
