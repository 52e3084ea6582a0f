"""Authors, the way into the editor, writing without one, being forgotten."""

import zlib
from collections.abc import Sequence
from typing import Any

import pycrdt
import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import InvalidInput, NotAllowed, NotFound, QuotaExceeded
from allmende.core.ids import PadId
from allmende.core.rooms import LinkRight
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Author, Capability, Kind
from allmende.systems.pads.model.policy import COLOURS, MAX_APPEND_CHARS
from allmende.systems.pads.model.sessions import Origin
from allmende.systems.pads.service import writing
from allmende.systems.pads.store.authors import authors_of
from tests.systems.pads.village import MARA, RABE, Village


def stored(village: Village, pad_id: PadId) -> Sequence[Author]:
    return village.run(village.database.read(lambda db: authors_of(db, pad_id, most=9)))


def test_an_editor_learns_what_it_needs_and_nothing_stronger(village: Village) -> None:
    address, admin = village.made("Einkauf")
    links = village.links(admin)
    entry = village.run(village.pads.enter(STRANGER, links[Capability.READ], RABE, 77, "de"))
    assert (entry.capability, entry.kind, entry.room) == (Capability.READ, "rich", None)
    assert entry.author.name == ""
    pad, opened = village.pad(STRANGER, address), village.texts.told[-1]
    link = village.run(village.pads.open(STRANGER, links[Capability.READ])).link
    assert link is not None
    assert opened == (
        "ticket",
        (pad.id, entry.author.id, Capability.READ, Origin(STRANGER, link.id), 77),
    )
    said = repr(entry)
    for secret in (address.name, *(str(one.token) for one in links.values())):
        assert secret not in said


def test_a_browser_is_one_author_in_a_pad_and_another_in_the_next(village: Village) -> None:
    (first, _), (second, _) = village.made(), village.made()
    mine = village.run(village.pads.enter(STRANGER, first, RABE, 1, "de")).author
    assert village.run(village.pads.enter(STRANGER, first, RABE, 2, "de")).author == mine
    theirs = village.run(village.pads.enter(STRANGER, first, MARA, 3, "de")).author
    elsewhere = village.run(village.pads.enter(STRANGER, second, RABE, 4, "de")).author
    assert len({mine.id, theirs.id, elsewhere.id}) == 3
    assert mine.colour != theirs.colour
    rows = stored(village, village.pad(STRANGER, first).id)
    assert all(RABE not in str(row) and row.account_id is None for row in rows)


def test_accounts_and_guests_of_a_room_bring_their_name(village: Village) -> None:
    admin = village.people()["admin"]
    room = village.a_room(admin)
    address = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    raven = village.by_link(admin, room, LinkRight.SPEAK, "Rabe")
    entries = [
        village.run(village.pads.enter(who, address, RABE, n, "de"))
        for n, who in enumerate((admin, raven, raven))
    ]
    assert [entry.author.name for entry in entries] == ["the_admin", "Rabe", "Rabe"]
    assert entries[1].author == entries[2].author
    assert entries[1].room == room.id


def test_people_choose_name_and_colour_for_this_pad(village: Village) -> None:
    address, _ = village.made()
    shown = village.run(village.pads.call_me(STRANGER, address, RABE, " Rabe  Rot ", 5))
    assert (shown.name, shown.colour) == ("Rabe Rot", 5)
    assert village.run(village.pads.me(STRANGER, address, RABE)) == shown
    assert village.run(village.pads.me(STRANGER, address, MARA)) is None
    assert village.run(village.pads.call_me(STRANGER, address, RABE, "", 5)).name == ""
    assert village.texts.names() == ["renamed", "renamed"]
    for name, colour in (("x" * 61, 1), ("a\u202eb", 1), ("", COLOURS), ("", -1)):
        with pytest.raises(InvalidInput):
            village.run(village.pads.call_me(STRANGER, address, RABE, name, colour))


def test_colours_are_shared_out_evenly(village: Village) -> None:
    address, _ = village.made()
    colours = [
        village.run(village.pads.enter(STRANGER, address, f"{n:016}", n, "de")).author.colour
        for n in range(COLOURS + 1)
    ]
    assert sorted(colours[:-1]) == list(range(COLOURS))
    assert colours[-1] == 0


def test_too_many_different_people_are_refused(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = village.made()
    monkeypatch.setattr(writing, "MAX_AUTHORS", 1)
    village.run(village.pads.enter(STRANGER, address, RABE, 1, "de"))
    village.run(village.pads.enter(STRANGER, address, RABE, 2, "de"))
    with pytest.raises(QuotaExceeded, match=r"pads\.too-many-people"):
        village.run(village.pads.enter(STRANGER, address, MARA, 3, "de"))


def test_a_paragraph_is_added_at_the_end_without_an_editor(village: Village) -> None:
    address, admin = village.made()
    village.write(STRANGER, address, "eins")
    village.write(STRANGER, address, "<b>zwei</b> & drei")
    html = village.run(village.pads.page(STRANGER, address)).html
    assert html is not None
    assert html.index("eins") < html.index("zwei")
    assert "<b>" not in html
    reader = village.links(admin)[Capability.READ]
    with pytest.raises(NotAllowed, match=r"pads\.read-only"):
        village.write(STRANGER, reader, "drei")
    with pytest.raises(InvalidInput, match=r"pads\.nothing-to-add"):
        village.write(STRANGER, address, " \n ")
    with pytest.raises(InvalidInput, match=r"pads\.too-much-to-add"):
        village.write(STRANGER, address, "x" * (MAX_APPEND_CHARS + 1))


def test_the_state_is_the_whole_document_for_whoever_may_read(village: Village) -> None:
    address, _ = village.made(kind=Kind.TEXT)
    village.write(STRANGER, address, "hallo")
    packed = village.run(village.pads.packed(STRANGER, address))
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(zlib.decompress(packed, wbits=31))
    assert "hallo" in str(doc.get("body", type=pycrdt.Text))
    with pytest.raises(NotFound):
        village.run(village.pads.packed(STRANGER, Address("a" * 26)))


def test_who_is_forgotten_leaves_the_text_without_a_name(village: Village) -> None:
    address, _ = village.made()
    village.run(village.pads.call_me(STRANGER, address, RABE, "Rabe", 5))
    village.write(STRANGER, address, "bleibt")
    village.run(village.pads.forget_me(STRANGER, address, RABE))
    village.run(village.pads.forget_me(STRANGER, address, MARA))
    assert village.run(village.pads.me(STRANGER, address, RABE)) is None
    name, author = village.texts.told[-1]
    assert (name, author.name, author.account_id, author.guest_hash) == ("renamed", "", None, None)
    html = village.run(village.pads.page(STRANGER, address)).html
    assert html is not None
    assert "bleibt" in html


def test_an_account_that_is_gone_is_forgotten_in_every_pad(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PIECE", 2)
    mara = village.person("mara")
    addresses = [village.made()[0] for _ in range(3)]
    for address in addresses:
        village.write(mara, address, "bleibt")
    village.run(village.pads.account_gone(village.account(mara)))
    for address in addresses:
        pad_id = village.pad(STRANGER, address).id
        rows = stored(village, pad_id)
        assert [(row.name, row.account_id) for row in rows] == [("", None)]
    assert village.texts.names().count("renamed") == 3
