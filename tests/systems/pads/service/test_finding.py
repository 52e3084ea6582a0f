"""Missing, forbidden and ended pads answer alike (P-4)."""

import pytest
from sqlalchemy import Connection, event

from allmende.core.accounts import STRANGER
from allmende.core.errors import NotAllowed, NotFound
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind, Whom
from allmende.systems.pads.service.finding import found
from tests.systems.pads.service.test_rights import policy
from tests.systems.pads.village import Village


def statements(village: Village, address: Address) -> list[str]:
    """What the database is asked, and that the answer is always the same."""

    def question(db: Connection) -> list[str]:
        asked: list[str] = []

        def note(_db: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        event.listen(db, "before_cursor_execute", note)
        with pytest.raises(NotFound, match=r"^pads\.not-found$") as refused:
            found(db, village.doors, village.known["outsider"], address, village.now)
        event.remove(db, "before_cursor_execute", note)
        assert refused.value.values == {}
        return asked

    return village.run(village.database.read(question))


def test_nobody_learns_whether_a_pad_is_missing_forbidden_or_over(village: Village) -> None:
    people = village.people()
    admin, slug = people["admin"], village.commune.slug
    room = village.a_room(admin)
    village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
    village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    random, its_admin = village.made()
    policy(village, its_admin, STRANGER, Whom.MEMBERS, Whom.MEMBERS)
    over, _ = village.made(name="Camp")
    link = village.links(village.made()[1])[Capability.READ]
    village.clock.turn(hours=25)
    alike = [
        [Address("Plan", group=slug), Address("Nichts", group=slug)],
        [Address("Plan", room=room.slug), Address("Nichts", room=room.slug)],
        [random, Address("a" * 26), over, Address("Nichts")],
        [link, Address("r." + "x" * 22), Address("e." + "x" * 22)],
    ]
    for addresses in alike:
        asked = [statements(village, address) for address in addresses]
        assert all(one == asked[0] for one in asked)
    assert len(statements(village, Address("Plan", group="no-such-group"))) == len(
        statements(village, Address("Plan", group=slug))
    )


def test_what_a_reader_may_not_is_said_plainly(village: Village) -> None:
    address, admin = village.made()
    reader = village.links(admin)[Capability.READ]
    with pytest.raises(NotAllowed, match=r"pads\.read-only"):
        village.write(STRANGER, reader, "hallo")
    with pytest.raises(NotAllowed, match=r"pads\.admins-only"):
        village.run(village.pads.settings(STRANGER, address))
    village.run(village.pads.lock(STRANGER, admin, locked=True))
    with pytest.raises(NotAllowed, match=r"pads\.locked"):
        village.write(STRANGER, address, "hallo")
