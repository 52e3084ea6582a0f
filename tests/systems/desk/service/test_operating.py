"""Who may know how the server is: operators who have proven it, nobody else."""

from collections.abc import Awaitable, Callable

import pytest

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotSignedIn, ProofNeeded
from allmende.systems.desk.service.operating import OperatingService
from tests.systems.desk.hall import Hall
from tests.systems.desk.web.test_operator import FakeMachinery

Ask = Callable[[OperatingService, Caller], Awaitable[object]]
QUESTIONS: list[Ask] = [
    OperatingService.last_round,
    OperatingService.look,
    OperatingService.certificate,
    OperatingService.backups,
    OperatingService.servers,
]


@pytest.mark.parametrize("ask", QUESTIONS)
def test_each_question_is_for_operators(hall: Hall, ask: Ask) -> None:
    machinery = FakeMachinery()
    service = OperatingService(hall.database, machinery)

    async def asked(who: Caller) -> object:
        return await ask(service, who)

    with pytest.raises(NotSignedIn):
        hall.town.run(asked(Caller()))
    with pytest.raises((NotAllowed, ProofNeeded)):
        hall.town.run(asked(hall.town.person("mara")))
    assert machinery.looks == 0
    hall.town.run(asked(hall.town.operator("olga")))
