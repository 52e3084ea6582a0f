"""What identity does by itself."""

from allmende.identity.jobs import EVERY_S, jobs
from allmende.identity.model.registration import Mode
from tests.identity.newcomers import Arrivals
from tests.identity.town import Town


def test_requests_and_open_registration_end_each_minute(town: Town) -> None:
    arrivals = Arrivals(town)
    arrivals.mode(Mode.OPEN)
    arrivals.ask("kim")
    town.clock.turn(days=60)

    async def once() -> None:
        await jobs(town.identity)[0].run()

    town.run(once())
    assert arrivals.state("kim") is None
    assert town.run(town.identity.registration()).mode is Mode.REQUEST


def test_rooms_end_each_minute(town: Town) -> None:
    town.run(town.identity.open_room("Plenum"))
    town.clock.turn(days=30)
    job, *_ = jobs(town.identity)
    assert job.every_s == EVERY_S

    async def once() -> None:
        await job.run()

    town.run(once())
    assert town.told()[-1] == "identity.RoomGone"


def test_accounts_whose_time_is_over_go_by_themselves(town: Town) -> None:
    mara = town.person("mara")
    town.run(town.identity.leave_later(mara, "mara"))
    town.clock.turn(days=15)

    async def once() -> None:
        for job in jobs(town.identity):
            await job.run()

    town.run(once())
    assert town.told()[-1] == "identity.AccountGone"
