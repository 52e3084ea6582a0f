"""Archives for whoever may have them."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import NotAllowed, NotSignedIn, ProofNeeded
from tests.systems.desk.hall import Hall


def test_ones_own_archive_needs_a_fresh_proof(hall: Hall) -> None:
    mara = hall.town.person("mara")
    archives = hall.kit.archives
    assert hall.town.run(archives.own(mara)) is not None
    hall.town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        hall.town.run(archives.own(mara))
    with pytest.raises(NotSignedIn):
        hall.town.run(archives.own(STRANGER))


def test_a_group_is_for_its_admins(hall: Hall) -> None:
    mara, juno = hall.town.person("mara"), hall.town.person("juno")
    group = hall.town.group(mara, member=juno)
    archives = hall.kit.archives

    async def whole() -> bytes:
        pieces = await archives.of_group(mara, group.id)
        assert pieces is not None
        return b"".join([piece async for piece in pieces])

    assert hall.town.run(whole())[:2] == b"PK"
    with pytest.raises(NotAllowed):
        hall.town.run(archives.of_group(juno, group.id))
