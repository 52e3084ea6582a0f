"""Stock clients and a browser in one pad of a real server, with thirty simulated editors.

Nothing diverges and no keystroke is lost: at the end everybody reads the same, letter by letter,
and every mark that anybody typed stands in it exactly once.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

import pytest

from allmende.systems.pads.model.pad import Kind
from bench.pads.editor import browser, state_of
from bench.served import served
from tests.browser.stories import SETTINGS, needs
from tests.interop.pads.crowd import (
    WITHIN_S,
    NewPad,
    Party,
    Writer,
    entered,
    export,
    make_pad,
    paragraphs_of,
    writers,
)
from tests.servers import HOUSE

pytestmark = [pytest.mark.interop, pytest.mark.browser, pytest.mark.slow, needs()]

CROWD: Final = 30
MARKS: Final = 20
KEYS_PER_S: Final = 8
CLIENT: Final = 4_000_000_001
SCRIPT: Final = Path(__file__).parent / "js" / "sync.mjs"


def marks_of(who: object, count: int = MARKS) -> list[str]:
    return [f"[{who}.{number}]" for number in range(1, count + 1)]


def facts_of(paragraph: int, marks: Sequence[str], wanted: Sequence[str]) -> dict[str, object]:
    return {
        "paragraph": paragraph,
        "marks": marks,
        "wanted": wanted,
        "keys_per_s": KEYS_PER_S,
        "within_ms": 1000 * WITHIN_S,
    }


async def write(writer: Writer, number: int, wanted: Sequence[str]) -> list[str]:
    """One mark a second, begun anywhere in it: by turns among others and apart."""
    await asyncio.sleep(number / CROWD)
    for turn, mark in enumerate(marks_of(number)):
        if turn % 2:
            await writer.put_among_others(number % 2, mark)
        else:
            await writer.put_apart(mark)
        await asyncio.sleep(1)
    await writer.has(wanted)
    return paragraphs_of(writer.doc)


async def together(url: str, pad: NewPad) -> dict[str, list[str]]:
    """What each of them reads at the end, by who it is."""
    wanted = everything()
    node = facts_of(1, marks_of("node"), wanted)
    person = {"url": url + pad.path, **facts_of(0, marks_of("person"), wanted)}
    async with writers(url, pad.path, CROWD) as crowd:
        await crowd[0].begin_paragraphs("A: ", "B: ")
        for one in crowd:
            await one.find_paragraphs(2)
        node["ticket"], _ = await entered(url, pad.path, CLIENT)
        node |= {"url": f"ws{url.removeprefix('http')}/p/ws", "client": CLIENT}
        async with (
            Party("typist.mjs", person) as typist,
            Party("writer.mjs", node) as stock,
            asyncio.TaskGroup() as tasks,
        ):
            simulated = [
                tasks.create_task(write(one, number, wanted)) for number, one in enumerate(crowd)
            ]
            shown, told = tasks.create_task(typist.acts()), tasks.create_task(stock.acts())
    assert shown.result()["said"] == []
    assert told.result()["codes"] == []
    async with browser() as web:
        stored = paragraphs_of(await state_of(url, pad.path, web))
    return {
        "server": stored,
        "person": shown.result()["paragraphs"],
        "node": told.result()["paragraphs"],
        **{f"simulated {number}": task.result() for number, task in enumerate(simulated)},
    }


def everything() -> list[str]:
    """All marks of everybody."""
    return [mark for who in (*range(CROWD), "node", "person") for mark in marks_of(who)]


def difference(stored: list[str], others: dict[str, list[str]]) -> str:
    """Who reads something else than the server has, and one example."""
    who, read = next(iter(others.items()), ("nobody", []))
    return f"{sorted(others)}; {who}: {list(unified_diff(stored, read, lineterm='', n=0))}"


def test_nobody_diverges_and_no_keystroke_is_lost(tmp_path: Path) -> None:
    async def story(url: str) -> tuple[dict[str, list[str]], str]:
        pad = await make_pad(url)
        return await together(url, pad), await export(url, pad.path)

    with served(tmp_path, settings=SETTINGS) as server:
        found, exported = asyncio.run(story(server.url))
    text = "\n".join(found["server"])
    others = {who: read for who, read in found.items() if read != found["server"]}
    assert others == {}, difference(found["server"], others)
    assert exported.splitlines() == found["server"]
    assert Counter(re.findall(r"\S+", text)) == Counter(["A:", "B:", *everything()])


async def stock_clients(url: str, kind: Kind) -> tuple[dict[str, Any], str]:
    """The script of stock clients, told with tickets of the server; and the text at the end."""
    pad = await make_pad(url, kind)
    comers = []
    for number, path in enumerate((pad.path, pad.path, pad.reading), 1):
        name = f"author {number}" if path == pad.path else ""
        ticket, author = await entered(url, path, CLIENT + number, name)
        comers.append({"ticket": ticket, "client": CLIENT + number, "author": author})
    task = {
        "url": f"ws{url.removeprefix('http')}/p/ws",
        "room": "live",
        "kind": kind,
        "writers": comers[:2],
        "reader": comers[2],
    }
    node = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), json.dumps(task), cwd=HOUSE, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(WITHIN_S):
        printed, _ = await node.communicate()
    told: dict[str, Any] = json.loads(printed)
    told["first"] = comers[0]["author"]
    return told, await export(url, pad.path)


@pytest.mark.parametrize("kind", list(Kind))
def test_stock_clients_write_together_and_a_reader_cannot(tmp_path: Path, kind: Kind) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        told, exported = asyncio.run(stock_clients(server.url, kind))
    assert "failed" not in told, told
    assert told["codes"] == [None, None]
    assert told["reader"] == {"code": 4403, "unchanged": True, "caret": False}
    caret = told["caret"]
    assert caret["cursor"] == {"anchor": 1, "head": 2}
    assert set(caret) == {"cursor", "user"}
    assert (caret["user"]["name"], caret["user"]["author"]) == ("author 1", told["first"])
    words = exported.split()
    assert Counter(words[1:]) == Counter([*(f"wort{number}" for number in range(30)), "weiter"])
    assert words[0] == ("lo" if kind is Kind.TEXT else "hallo")
