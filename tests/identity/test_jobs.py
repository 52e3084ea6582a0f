"""What identity does by itself."""

from allmende.identity.jobs import EVERY_S, jobs
from tests.identity.town import Town


def test_rooms_end_each_minute(town: Town) -> None:
    town.run(town.identity.open_room("Plenum"))
    town.clock.turn(days=30)
    (job,) = jobs(town.identity)
    assert job.every_s == EVERY_S

    async def once() -> None:
        await job.run()

    town.run(once())
    assert town.told()[-1] == "identity.RoomGone"
