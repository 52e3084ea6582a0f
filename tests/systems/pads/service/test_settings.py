"""Settings, links, lock: for those who look after a pad."""

from dataclasses import replace
from datetime import timedelta

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import InvalidInput, NotAllowed, NotFound, QuotaExceeded
from allmende.core.ids import PadId
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, History, Kind, PadLinkId, Whom
from allmende.systems.pads.service import settings
from allmende.systems.pads.store.pads import PadSettings
from tests.systems.pads.village import Village

READ, EDIT, ADMIN = Capability
NEW = PadSettings(
    title=" Plan B ", who_edits=Whom.LINK, who_reads=Whom.LINK, readers_see_history=True,
    history=History.NAMED, expiry_days=365,
)  # fmt: skip


def test_settings_are_kept_and_told_to_open_editors(village: Village) -> None:
    address, admin = village.made()
    village.write(STRANGER, address, "hallo")
    village.run(village.pads.change(STRANGER, admin, NEW))
    pad = village.pad(STRANGER, address)
    assert (pad.title, pad.history, pad.readers_see_history) == ("Plan B", History.NAMED, True)
    end = village.now + timedelta(days=365)
    assert (pad.ends_at, village.texts.told[-1]) == (end, ("expiry", (pad.id, end)))
    assert village.facts()[-1] == "PadRightsChanged"


def test_a_pad_that_nobody_wrote_in_still_ends_after_a_day(village: Village) -> None:
    address, admin = village.made()
    village.run(village.pads.change(STRANGER, admin, NEW))
    assert village.pad(STRANGER, address).ends_at == village.now + timedelta(days=1)


def test_only_a_group_keeps_a_pad_for_ever(village: Village) -> None:
    _, admin = village.made()
    for days in (None, 2, 0, 9999):
        with pytest.raises(InvalidInput, match=r"pads\.must-end"):
            village.run(village.pads.change(STRANGER, admin, replace(NEW, expiry_days=days)))
    mara, slug = village.people()["admin"], village.commune.slug
    address = village.run(village.pads.make_in_group(mara, slug, "Plan", Kind.RICH))
    village.run(village.pads.change(mara, address, replace(NEW, expiry_days=None)))
    assert village.pad(mara, address).expiry_days is None


def test_a_pad_of_a_room_opens_and_ends_with_its_room_whatever_is_typed(village: Village) -> None:
    mara = village.people()["admin"]
    room = village.a_room(mara)
    address = village.run(village.pads.make_in_room(mara, room.slug, "Plan", Kind.RICH))
    village.run(village.pads.change(mara, address, NEW))
    pad = village.pad(mara, address)
    assert (pad.who_edits, pad.expiry_days, pad.ends_at) == (Whom.MEMBERS, None, None)
    with pytest.raises(NotFound):
        village.pad(STRANGER, address)


def test_links_are_made_shown_again_and_taken_back_one_by_one(village: Village) -> None:
    _, admin = village.made()
    village.run(village.pads.make_link(STRANGER, admin, READ, "Camp", 7))
    shown = village.run(village.pads.settings(STRANGER, admin)).links
    made = shown[-1]
    assert (made.link.label, made.link.capability) == ("Camp", READ)
    assert made.link.expires_at == village.now + timedelta(days=7)
    assert village.may(STRANGER, made.address) is READ
    village.run(village.pads.revoke_link(STRANGER, admin, made.link.id))
    with pytest.raises(NotFound):
        village.may(STRANGER, made.address)
    assert len(village.run(village.pads.settings(STRANGER, admin)).links) == 3
    assert village.facts()[-1] == "PadRightsChanged"
    for wrong in (made.link.id, PadLinkId(10**6)):
        with pytest.raises(NotFound, match=r"pads\.no-such-link"):
            village.run(village.pads.revoke_link(STRANGER, admin, wrong))


def test_a_link_ends_when_it_says_so(village: Village) -> None:
    address, admin = village.made()
    village.write(STRANGER, address, "hallo")
    village.run(village.pads.make_link(STRANGER, admin, EDIT, "", 1))
    made = village.run(village.pads.settings(STRANGER, admin)).links[-1]
    village.clock.turn(days=1)
    with pytest.raises(NotFound):
        village.may(STRANGER, made.address)
    assert made not in village.run(village.pads.settings(STRANGER, admin)).links
    village.run(village.pads.end_links())
    assert village.count("pads_link") == 3
    assert village.facts()[-1] == "PadRightsChanged"
    village.run(village.pads.end_links())
    assert village.facts().count("PadRightsChanged") == 1


@pytest.mark.parametrize(("label", "days"), [("x" * 81, 1), ("", 0), ("", 9999), ("a\0b", 1)])
def test_links_that_make_no_sense_are_refused(village: Village, label: str, days: int) -> None:
    _, admin = village.made()
    with pytest.raises(InvalidInput):
        village.run(village.pads.make_link(STRANGER, admin, READ, label, days))


def test_a_pad_has_so_many_links(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    _, admin = village.made()
    monkeypatch.setattr(settings, "MAX_LINKS", 3)
    with pytest.raises(QuotaExceeded, match=r"pads\.too-many-links"):
        village.run(village.pads.make_link(STRANGER, admin, READ, "", None))


def test_people_hand_on_what_they_have_and_no_more(village: Village) -> None:
    address, admin = village.made()
    links = village.links(admin)

    def shared(at: Address) -> set[Capability]:
        found = village.run(village.pads.links_to_share(STRANGER, at))
        return {one.link.capability for one in found}

    assert shared(links[READ]) == set()
    assert shared(links[EDIT]) == shared(address) == shared(admin) == {READ, EDIT}


def test_a_locked_pad_is_told_and_open_again(village: Village) -> None:
    address, admin = village.made()
    pad_id = village.pad(STRANGER, address).id
    for locked in (True, False):
        village.run(village.pads.lock(STRANGER, admin, locked=locked))
        assert village.pad(STRANGER, address).locked is locked
        assert village.texts.told[-1] == ("locked", (pad_id, locked))
        assert village.facts()[-1] == "PadLocked"
    with pytest.raises(NotFound):
        village.run(village.pads.freeze(PadId(10**6), locked=True))


def test_nobody_else_changes_anything(village: Village) -> None:
    address, admin = village.made()
    link = village.run(village.pads.settings(STRANGER, admin)).links[0].link
    acts = [
        village.pads.settings(STRANGER, address),
        village.pads.change(STRANGER, address, NEW),
        village.pads.make_link(STRANGER, address, ADMIN, "", None),
        village.pads.revoke_link(STRANGER, address, link.id),
        village.pads.lock(STRANGER, address, locked=True),
        village.pads.clear_authorship(STRANGER, address),
        village.pads.convert(STRANGER, address),
    ]
    for act in acts:
        with pytest.raises(NotAllowed, match=r"pads\.admins-only"):
            village.run(act)
    village.run(village.pads.clear_authorship(STRANGER, admin))
    village.run(village.pads.convert(STRANGER, admin))
    assert village.texts.names() == ["cleared", "convert"]
