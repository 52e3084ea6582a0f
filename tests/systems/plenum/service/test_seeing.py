"""Who sees an assembly, and that it is read once after each change."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from allmende.core.errors import NotAllowed
from allmende.storage.database import Database
from allmende.systems.plenum.model.assembly import AssemblyState, Start
from allmende.systems.plenum.service.seeing import Seeing
from allmende.systems.plenum.service.timing import Timing
from tests.systems.plenum.conftest import Hall

T = TypeVar("T")
AGENDA = "1. Runde (15 min, Info)\n"


def test_who_waits_at_the_door_or_is_put_out_sees_nothing(hall: Hall) -> None:
    hall.open(AGENDA)
    owl = hall.guest(hall.room.id, "Eule")
    with pytest.raises(NotAllowed, match=r"plenum\.not-let-in"):
        hall.now(owl)
    hall.knock(owl)
    with pytest.raises(NotAllowed, match=r"plenum\.not-let-in"):
        hall.now(owl)
    hall.doors.admit_all(hall.room.id)
    assert hall.now(owl).state is AssemblyState.OPEN
    assert owl.guest is not None
    hall.doors.remove(hall.room.id, f"g{owl.guest.id}")
    with pytest.raises(NotAllowed, match=r"plenum\.not-let-in"):
        hall.now(owl)


class Late:
    """A database after whose first answer something happens before it arrives."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.happens: list[Callable[[], None]] = []

    async def read(self, question: Callable[[Connection], T]) -> T:
        answer = await self._inner.read(question)
        while self.happens:
            self.happens.pop()()
        return answer

    async def write(self, change: Callable[[Connection], T]) -> T:
        return await self._inner.write(change)

    async def tidy(self) -> None:
        await self._inner.tidy()


def test_what_is_read_while_something_changes_is_not_kept(database: Database) -> None:
    hall, late = Hall(database), Late(database)
    seeing = Seeing(late, hall.doors, Timing(hall.clock))
    late.happens.append(lambda: seeing.forget(hall.room.id))
    before = hall.run(seeing.known(hall.room.id))
    hall.open(AGENDA)
    after = hall.run(seeing.known(hall.room.id))
    assert before.assembly is None
    assert after.assembly is not None


def test_what_was_known_is_read_again_after_a_fact_of_another_node(hall: Hall) -> None:
    hall.open(AGENDA)
    other = hall.built()
    hall.run(other.snapshot(hall.facilitator, hall.room.id))
    hall.act(Start())
    snapshot = hall.run(other.snapshot(hall.facilitator, hall.room.id))
    assert hall.shown(snapshot.assembly).state is AssemblyState.OPEN
    other.forget(hall.room.id)
    snapshot = hall.run(other.snapshot(hall.facilitator, hall.room.id))
    assert hall.shown(snapshot.assembly).state is AssemblyState.RUNNING
