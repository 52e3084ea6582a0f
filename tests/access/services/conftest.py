from collections.abc import Iterator

import pytest

from allmende.core.errors import AllmendeError
from tests.access.services.house import Ground, House
from tests.access.services.people import settle
from tests.access.services.roles import GUESTS, MAY, Answer, Row
from tests.databases import Templates


class Hearing:
    """Asks each method of a table, as everybody, on the same database."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._callers, self._known = ground.run(settle(ground))
        ground.keep()

    def answers(self, row: Row) -> dict[str, Answer]:
        """What each role is answered. Who is refused has changed nothing."""
        return {role: self._answer(row, role) for role in row.answers}

    def _answer(self, row: Row, role: str) -> Answer:
        self._ground.restore()
        return self._ground.run(self._asked(row, role))

    async def _asked(self, row: Row, role: str) -> Answer:
        house, who = House(self._ground, self._known), self._callers[role]
        house.let_in(self._known.room, *(self._callers[guest] for guest in GUESTS))
        house.scene = await row.ready(house, who)
        before = self._ground.mark()
        try:
            await row.ask(house, who)
        except AllmendeError as refused:
            assert not self._ground.differs(before), f"{role} was refused and changed something"
            return type(refused)
        return MAY


@pytest.fixture(scope="session")
def hearing(
    database_templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hearing]:
    ground = Ground(database_templates.sqlite(tmp_path_factory.mktemp("services")))
    try:
        yield Hearing(ground)
    finally:
        ground.close()
