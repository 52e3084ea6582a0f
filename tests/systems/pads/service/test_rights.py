"""Who may do what: roles, links, policies, the lobby, the lock (spec pads, 4)."""

from dataclasses import replace

import pytest

from allmende.core.accounts import STRANGER, Caller, Scope
from allmende.core.errors import NotFound
from allmende.core.ids import AppPasswordId
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.access import guest_key
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind, Whom
from allmende.systems.pads.model.sessions import Origin
from allmende.systems.pads.store.pads import PadSettings
from tests.systems.pads.village import Village, nobody_of

READ, EDIT, ADMIN = Capability
GROUP = ("stranger", "outsider", "guest", "member", "facilitator", "admin")


def given(village: Village, address: Address) -> dict[str, Capability | None]:
    """What each kind of person may do."""
    found: dict[str, Capability | None] = {}
    for name, who in {"stranger": STRANGER, **village.known}.items():
        try:
            found[name] = village.may(who, address)
        except NotFound:
            found[name] = None
    return found


def policy(village: Village, address: Address, who: Caller, edits: Whom, reads: Whom) -> None:
    pad = village.pad(who, address)
    new = PadSettings(
        title=pad.title, who_edits=edits, who_reads=reads, readers_see_history=False,
        history=pad.history, expiry_days=pad.expiry_days,
    )  # fmt: skip
    village.run(village.pads.change(who, address, new))


@pytest.mark.parametrize(
    ("edits", "reads", "expected"),
    [
        (Whom.MEMBERS, Whom.MEMBERS, (None, None, READ, EDIT, EDIT, ADMIN)),
        (Whom.MEMBERS, Whom.LINK, (READ, READ, READ, EDIT, EDIT, ADMIN)),
        (Whom.LINK, Whom.LINK, (EDIT, EDIT, EDIT, EDIT, EDIT, ADMIN)),
    ],
)
def test_pads_of_a_group_follow_roles_and_policy(
    village: Village, edits: Whom, reads: Whom, expected: tuple[Capability | None, ...]
) -> None:
    admin = village.people()["admin"]
    slug = village.commune.slug
    address = village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
    policy(village, address, admin, edits, reads)
    wanted = dict(zip(GROUP, expected, strict=True))
    assert given(village, address) == wanted
    village.run(village.pads.lock(admin, address, locked=True))
    locked = {name: what if what in (None, ADMIN) else READ for name, what in wanted.items()}
    assert given(village, address) == locked


@pytest.mark.parametrize(
    ("edits", "reads", "address_gives"),
    [(Whom.LINK, Whom.LINK, EDIT), (Whom.MEMBERS, Whom.LINK, READ),
     (Whom.MEMBERS, Whom.MEMBERS, None)],
)  # fmt: skip
def test_a_random_address_gives_what_its_policy_says_and_links_give_theirs(
    village: Village, edits: Whom, reads: Whom, address_gives: Capability | None
) -> None:
    village.people()
    address, admin = village.made()
    links = village.links(admin)
    policy(village, admin, STRANGER, edits, reads)
    assert set(given(village, address).values()) == {address_gives}
    for capability, link in links.items():
        assert set(given(village, link).values()) == {capability}
    village.run(village.pads.lock(STRANGER, admin, locked=True))
    assert village.may(STRANGER, links[EDIT]) is READ
    assert village.may(STRANGER, links[ADMIN]) is ADMIN


def test_a_room_gives_its_pads_to_those_inside(village: Village) -> None:
    admin = village.people()["admin"]
    room = village.a_room(admin)
    address = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    expected = (None, None, EDIT, EDIT, EDIT, ADMIN)
    assert given(village, address) == dict(zip(GROUP, expected, strict=True))
    for right, gives in zip(LinkRight, (READ, EDIT, ADMIN), strict=True):
        guest = village.by_link(admin, room, right)
        assert village.may(guest, address) is gives
    with pytest.raises(NotFound):
        village.may(nobody_of(room.id + 1), address)


def test_who_waits_in_the_lobby_sees_no_pad(village: Village) -> None:
    admin = village.people()["admin"]
    room = village.a_room(admin, Lobby.GUESTS)
    address = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    raven = village.by_link(admin, room, LinkRight.SPEAK)
    for _ in ("before knocking", "while waiting"):
        with pytest.raises(NotFound):
            village.may(raven, address)
        village.knock(raven, room)
    village.doors.admit_all(room.id)
    assert village.may(raven, address) is EDIT
    assert raven.guest is not None
    village.doors.remove(room.id, guest_key(raven.guest))
    with pytest.raises(NotFound):
        village.may(raven, address)


def test_a_link_of_another_pad_gives_nothing_here(village: Village) -> None:
    _, admin = village.made()
    address, other = village.made()
    policy(village, other, STRANGER, Whom.MEMBERS, Whom.MEMBERS)
    pad = village.pad(STRANGER, other)
    link = village.run(village.pads.open(STRANGER, admin)).link
    assert link is not None
    assert village.run(village.rights(pad, Origin(STRANGER, link.id))) is None
    with pytest.raises(NotFound):
        village.may(STRANGER, address)


def test_an_open_editor_loses_what_its_link_gave_and_the_address_does_not_help(
    village: Village,
) -> None:
    address, admin = village.made()
    links = village.links(admin)
    opened = village.run(village.pads.open(STRANGER, links[READ]))
    assert opened.link is not None
    origin = Origin(STRANGER, opened.link.id)
    assert village.run(village.rights(opened.pad, origin)) is READ
    assert village.run(village.rights(opened.pad, Origin(STRANGER, None))) is EDIT
    village.run(village.pads.revoke_link(STRANGER, admin, opened.link.id))
    assert village.run(village.rights(opened.pad, origin)) is None
    assert village.may(STRANGER, address) is EDIT


def test_an_open_editor_ends_with_its_session_and_with_the_pad(village: Village) -> None:
    admin = village.people()["admin"]
    slug = village.commune.slug
    address = village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
    pad = village.pad(admin, address)
    assert village.run(village.rights(pad, Origin(admin, None))) is ADMIN
    gone = replace(admin, session_id=type(village.session(admin))(10**9))
    assert village.run(village.rights(pad, Origin(gone, None))) is None
    village.run(village.pads.delete(admin, address, sure=True))
    assert village.run(village.rights(pad, Origin(admin, None))) is None


def test_an_open_editor_of_a_program_ends_with_its_app_password(village: Village) -> None:
    admin = village.people()["admin"]
    slug = village.commune.slug
    address = village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
    pad = village.pad(admin, address)
    made = village.run(village.identity.make_app_password(admin, frozenset({Scope.PADS})))
    bot = Caller(admin.account_id, app_password_id=made.id, scopes=made.scopes)
    assert village.run(village.rights(pad, Origin(bot, None))) is ADMIN
    assert village.may(bot, address) is ADMIN
    village.run(village.identity.end_app_password(admin, made.id))
    assert village.run(village.rights(pad, Origin(bot, None))) is None


def test_a_program_that_may_only_read_reads_whatever_its_person_may(village: Village) -> None:
    admin = village.people()["admin"]
    address, by_link = village.made()
    program = AppPasswordId(3)
    for scopes, gives in (({Scope.PADS_READ}, READ), (set[Scope](), READ), ({Scope.PADS}, ADMIN)):
        bot = Caller(admin.account_id, app_password_id=program, scopes=frozenset(scopes))
        assert village.may(bot, by_link) is gives
        assert village.may(bot, address) is min(gives, EDIT, key=list(Capability).index)
