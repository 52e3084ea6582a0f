"""The parties of a pad that many write in: simulated editors, and programs beside them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import pycrdt

from bench.pads.editor import UPDATE, Editor, browser, sync, ticket_for
from bench.visitor import Visitor, solve
from tests.servers import HOUSE

WITHIN_S: Final = 60.0
_MARK: Final = re.compile(r"(\[[\w.]+\]) ")
_READ_LINK: Final = re.compile(r"/p/r\.[\w-]+")


@dataclass(frozen=True)
class NewPad:
    """A pad as whoever made it is told of it: paths."""

    path: str
    reading: str


async def make_pad(url: str, kind: str = "rich") -> NewPad:
    """Press "write a pad" on the start page; take the links of the page that follows."""
    async with Visitor(url) as founder:
        proof = solve(json.loads(await founder.page("/api/v1/challenge")))
        made = await founder.sent("/", "/p", {"proof": proof, "kind": kind})
        assert parse_qs(urlsplit(made).query)["a"]
        reading = _READ_LINK.search(await founder.page(made))
    assert reading is not None
    return NewPad(urlsplit(made).path.removesuffix("/made"), reading[0])


def paragraphs_of(doc: "pycrdt.Doc[Any]") -> list[str]:
    """The text of each paragraph."""
    body = doc.get("body", type=pycrdt.XmlFragment)
    return ["".join(map(str, block.children)) for block in body.children]


def marks_in(paragraphs: Iterable[str]) -> set[str]:
    """The marks that are complete: with the space that is typed behind each."""
    return {mark for text in paragraphs for mark in _MARK.findall(text)}


class Writer(Editor):
    """Writes marks, at the beginning of a paragraph of all or in one of its own."""

    def __init__(self) -> None:
        super().__init__({}, watches=True)
        self._own: pycrdt.XmlText | None = None
        self._lines: list[pycrdt.XmlText] = []

    async def change(self, change: Callable[[], None]) -> None:
        """Make one edit and send it."""
        before = self.doc.get_state()
        with self.doc.transaction():
            change()
        await self.send(sync(UPDATE, self.doc.get_update(before)))

    async def begin_paragraphs(self, *texts: str) -> None:
        """Add paragraphs at the end, for everybody to write in."""

        def begin() -> None:
            for text in texts:
                self._begin_paragraph().insert(0, text)

        await self.change(begin)

    def _begin_paragraph(self) -> pycrdt.XmlText:
        paragraph = self.body.children.append(pycrdt.XmlElement("paragraph"))
        text: pycrdt.XmlText = paragraph.children.append(pycrdt.XmlText())
        return text

    async def find_paragraphs(self, count: int) -> None:
        """Wait for the paragraphs of all, and keep them: later others stand between them."""
        async with asyncio.timeout(WITHIN_S):
            while len(self.body.children) < count:
                self.news.clear()
                await self.news.wait()
        self._lines = [self.body.children[number].children[0] for number in range(count)]

    async def put_among_others(self, paragraph: int, mark: str) -> None:
        """Write at the beginning of a paragraph that others write in too."""
        line = self._lines[paragraph]
        await self.change(lambda: line.insert(0, f"{mark} "))

    async def put_apart(self, mark: str) -> None:
        """Write in a paragraph of one's own; one sign too much, and it is taken away again."""

        def write() -> None:
            if self._own is None:
                self._own = self._begin_paragraph()
            self._own.insert(len(self._own), f"{mark[:-1]}x")

        def correct() -> None:
            assert self._own is not None
            del self._own[len(self._own) - 1 : len(self._own)]
            self._own.insert(len(self._own), f"{mark[-1]} ")

        await self.change(write)
        await self.change(correct)

    async def has(self, wanted: Sequence[str]) -> None:
        """Wait until everything wanted is here and all of one's own is acknowledged."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while self.unsaved or not set(wanted) <= self._marks():
                    assert self.closed is None, f"closed with {self.closed}"
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError as late:
            lost = sorted(set(wanted) - self._marks())
            raise AssertionError(f"missing {lost}, not acknowledged {self.unsaved}") from late

    def _marks(self) -> set[str]:
        return marks_in(paragraphs_of(self.doc))


@asynccontextmanager
async def writers(url: str, path: str, count: int) -> AsyncIterator[list[Writer]]:
    """Open the pad in ``count`` simulated editors, each somebody else."""
    crowd = [Writer() for _ in range(count)]
    async with asyncio.TaskGroup() as tasks:
        for one in crowd:
            await one.open(url, await ticket_for(one, url, path))
            tasks.create_task(one.read())
            await one.synced()
        try:
            yield crowd
        finally:
            for one in crowd:
                await one.close()


class Party:
    """A program that takes part in a story (js/turns.mjs)."""

    def __init__(self, script: str, facts: dict[str, object]) -> None:
        self._script = script
        self._facts = facts

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            "node",
            str(Path(__file__).parent / "js" / self._script),
            json.dumps(self._facts),
            cwd=HOUSE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**22,
        )
        try:
            assert await self.told() == {"ready": True}
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def acts(self) -> dict[str, Any]:
        """Let it do its part; return what it tells at its end."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(b"go\n")
        await stdin.drain()
        return await self.told()

    async def told(self) -> dict[str, Any]:
        """Return the next that it tells. Fails with what it says of its failure."""
        stdout = self._process.stdout
        assert stdout is not None
        async with asyncio.timeout(2 * WITHIN_S):
            line = await stdout.readline()
        assert line, f"{self._script} ended without a word"
        told: dict[str, Any] = json.loads(line)
        assert "failed" not in told, f"{self._script}: {told['failed']}"
        return told


async def entered(url: str, path: str, client: int, name: str = "") -> tuple[str, int]:
    """Come with a name and a stock client: the ticket, and who one is in this pad."""
    async with browser() as web:
        if name:
            me = {"name": name, "colour": 3}
            (await web.post(f"{url}{path}/me", json=me)).raise_for_status()
        session = await web.post(f"{url}{path}/session", json={"client": client})
        session.raise_for_status()
        answer = session.json()
    return answer["ticket"], answer["author"]["id"]


async def export(url: str, path: str) -> str:
    """The text as the server gives it away."""
    async with browser() as web:
        answer: httpx.Response = await web.get(f"{url}{path}/export/txt")
        answer.raise_for_status()
    return answer.text
