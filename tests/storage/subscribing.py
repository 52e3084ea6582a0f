"""Writes notes and deals with each by a subscriber, until ``test_subscribers.py`` kills it."""

import asyncio
import sys
from pathlib import Path

from tests.databases import Place
from tests.storage.notes import NoteMade, adding
from tests.storage.test_subscribers import Site, copying


async def main(place: Place, cycle: str) -> None:
    site = Site(place)
    site.bus.subscribe(NoteMade, "test.copies", copying(site.database))

    async def story() -> None:
        for turn in range(200):
            number = await site.database.write(adding(f"{cycle} {turn}"))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()

    await site.run(story)


if __name__ == "__main__":
    asyncio.run(main(Place(sys.argv[1], Path(sys.argv[2])), sys.argv[3]))
