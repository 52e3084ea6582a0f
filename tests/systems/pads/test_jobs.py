"""What happens to pads by itself is on the list of jobs."""

import asyncio

from allmende.systems.pads.jobs import THIN_EVERY_S, pad_jobs
from allmende.systems.pads.service.thinning import Thinning
from tests.databases import AnyDatabase
from tests.identity.town import HandClock


class Ends:
    """Notes what it is asked to end."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def end_over(self) -> None:
        self.asked.append("over")

    async def end_links(self) -> None:
        self.asked.append("links")

    async def end_of_rooms(self) -> None:
        self.asked.append("rooms")


def test_pads_links_and_rooms_end_and_history_is_thinned_by_night(sqlite: AnyDatabase) -> None:
    ends = Ends()
    jobs = pad_jobs(ends, Thinning(sqlite, HandClock()))

    async def story() -> None:
        for job in jobs:
            await job.run()

    asyncio.run(story())
    assert ends.asked == ["over", "links", "rooms"]
    assert {job.name: job.every_s for job in jobs}["pads-thin"] == THIN_EVERY_S
