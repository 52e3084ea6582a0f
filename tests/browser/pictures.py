"""Makes docs/pictures and the pictures of the guide, each with a server: ``make pictures``."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from allmende.cli.demo.stage import Wish, opened
from bench.served import served
from tests.browser.stories import SETTINGS, run

LIMIT_S = 600.0


def docs() -> int:
    """Serve, let six people meet, take the pictures; return the exit code."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), settings=SETTINGS) as server,
    ):
        facts = json.dumps({"url": server.url, "invite": server.invite})
        return _told("pictures.mjs", facts)


async def demo(script: str) -> int:
    """Open the demo, visit it, take the pictures; return the exit code."""
    async with opened(Wish(bots=9, cameras=4)) as living:
        facts = json.dumps({"facilitators": living.facilitators, "guests": living.guests})
        return await asyncio.to_thread(_told, script, facts)


def _told(script: str, facts: str) -> int:
    code, said = run(["node", f"tests/browser/{script}", facts], LIMIT_S)
    sys.stdout.write(said)
    return code


def main(words: Sequence[str]) -> int:
    """Take all pictures, or those that are named: ``docs``, ``living``, ``guide``."""
    codes = []
    if "docs" in words or not words:
        codes.append(docs())
    for name in ("living", "guide"):
        if name in words or not words:
            codes.append(asyncio.run(demo(f"{name}.mjs")))
    return max(codes, default=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
