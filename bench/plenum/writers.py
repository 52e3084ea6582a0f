"""Many who write the minutes of one plenum, in a process of their own.

Started by ``bench.plenum.together``: ``python -m bench.plenum.writers URL SLUG PATH COUNT``. They
come as guests by the link of the room and wait at the door. Says ``ready`` when all have the
minutes open, writes for as many seconds as the line it is sent, and says what came of it as JSON.
"""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from http.cookies import SimpleCookie

import httpx
import uvloop

from bench.pads.editor import Diary, Editor, ticket_for
from bench.pads.load import WATCHERS, everything_arrived, type_for
from bench.visitor import Visitor

PER_S = 2.0
ASK_AGAIN_S = 0.5
MOST_ASKED = 200


async def guest(url: str, slug: str, name: str) -> httpx.Cookies:
    """Come in by the link of the room; return the cookies of somebody who was let in."""
    async with Visitor(url) as visitor:
        room = await visitor.place(slug)
        for _ in range(MOST_ASKED):
            if await visitor.join(room, name) is not None:
                break
            await asyncio.sleep(ASK_AGAIN_S)
        kept = SimpleCookie(visitor.cookie())
    return httpx.Cookies({name: one.value for name, one in kept.items()})


async def write(url: str, slug: str, path: str, count: int) -> dict[str, object]:
    """Have the minutes open in ``count`` editors, write when told, return the figures."""
    diary: Diary = {}
    every = max(1, count // WATCHERS)
    editors = [Editor(diary, watches=number % every == 0) for number in range(count)]
    guests = await asyncio.gather(*(guest(url, slug, f"Writer {n}") for n in range(count)))
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        for editor, cookies in zip(editors, guests, strict=True):
            editor.cookies = cookies
            await editor.open(url, await ticket_for(editor, url, path))
            tasks.create_task(editor.read())
            await editor.synced()
        print("ready", flush=True)
        seconds = float(await asyncio.to_thread(sys.stdin.readline))
        spent = time.process_time()
        async with asyncio.TaskGroup() as typing:
            for editor in editors:
                typing.create_task(type_for(editor, seconds, PER_S))
        spent = time.process_time() - spent
        arrived = await everything_arrived(url, path, editors, guests[0])
        for editor in editors:
            await editor.close()
    late = sorted(late for editor in editors for late in editor.latencies_s) or [0.0]
    return {
        "editors": count,
        "edits": sum(editor.edits for editor in editors),
        "arrived": arrived,
        "latency_p50_ms": 1000 * late[len(late) // 2],
        "latency_p99_ms": 1000 * late[len(late) * 99 // 100],
        "generator_cpu_share": spent / seconds,
    }


def main(words: list[str]) -> None:
    """Do it and print."""
    url, slug, path, count = words
    print(json.dumps(uvloop.run(write(url, slug, path, int(count)))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
