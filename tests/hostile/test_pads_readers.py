"""Who may only read: writes nothing, and learns nothing that opens more."""

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest

from bench.pads.editor import STEP_1, STEP_2, UPDATE, sync
from bench.served import Served
from tests.hostile.legs import GOOD
from tests.hostile.padwire import (
    NOTHING,
    Hand,
    Neighbour,
    Pad,
    Wire,
    caret,
    new_pad,
    pair,
    paragraph,
    wire,
    written,
)

pytestmark = pytest.mark.slow

REFUSALS = 10


def test_a_reader_writes_nothing_and_is_put_out_at_the_tenth_attempt(server: Served) -> None:
    attempts: dict[str, Callable[[int], bytes]] = {
        "an update": lambda client: written(paragraph(client, "FEIND")),
        "a step 2": lambda client: sync(STEP_2, paragraph(client, "FEIND")),
        "a caret": lambda client: caret(client, 1, {"cursor": "FEIND"}),
        "in the name of others": lambda _: written(paragraph(4711, "FEIND")),
        "no update at all": lambda _: sync(UPDATE, b"\xff\xff\xff"),
    }

    async def story() -> None:
        pad = await new_pad(server.url)
        async with pair(server.url, pad.path) as neighbours:
            for name, make in attempts.items():
                for ours in (True, False):
                    async with wire(server.url, pad.reads, ours=ours) as foe:
                        await foe.send(*[make(foe.client)] * (REFUSALS - 1))
                        await foe.answered()
                        assert foe.code is None, name
                        assert foe.errors() == (["pads.read-only"] if ours else []), name
                        await foe.send(make(foe.client))
                        assert await foe.closed() == 4403, name
                        assert [kind for kind in foe.told if kind["t"] == "locked"] == []
            for one in neighbours.people:
                assert "FEIND" not in one.text
                assert all(one.carets.get(client) is None for client in one.carets)

    asyncio.run(story())


def test_a_reader_who_sends_garbage_is_put_out_at_once(server: Served) -> None:
    async def story() -> None:
        pad = await new_pad(server.url)
        async with pair(server.url, pad.path):
            for data, code in ((b"", 4400), (b"\x40\x01x", 4400), (b"\0" * 600_000, 4413)):
                async with wire(server.url, pad.reads) as foe:
                    await foe.send(data)
                    assert await foe.closed() == code

    asyncio.run(story())


def test_forms_and_files_of_readers_are_refused(server: Served) -> None:
    async def story() -> None:
        pad = await new_pad(server.url)
        async with pair(server.url, pad.path), Hand(server.url) as reader:
            page = await reader.page(pad.reads)
            ticket = re.findall(r'name="ticket" value="([^"]+)"', page)[0]
            for path, data in (
                ("append", {"text": "FEIND"}),
                ("revisions", {"name": "FEIND"}),
                ("restore", {"state": "1"}),
                ("settings", {"do": "lock"}),
                ("settings", {"do": "link", "capability": "admin"}),
                ("settings", {"do": "delete", "sure": "on"}),
            ):
                answer = await reader.post_raw(
                    f"{pad.reads}/{path}", data={**data, "ticket": ticket}
                )
                assert answer.status_code in (403, 404), (path, answer.status_code)
            files = {"file": ("x.txt", b"FEIND")}
            answer = await reader.post_raw(
                f"{pad.reads}/import", data={"ticket": ticket}, files=files
            )
            assert answer.status_code == 403
            assert await reader.status(f"{pad.reads}/settings") in (403, 404)
            assert "FEIND" not in await reader.page(f"{pad.reads}/export/txt")

    asyncio.run(story())


class Tape:
    """Everything that the server says to one browser, heads and bodies."""

    def __init__(self) -> None:
        self.said = bytearray()

    async def hear(self, answer: httpx.Response) -> None:
        self.said += str(answer.status_code).encode()
        for name, value in answer.headers.raw:
            self.said += b"\n" + name + b": " + value
        self.said += b"\n" + await answer.aread()


async def read_all(url: str, path: str, tape: Tape, editor: Neighbour) -> Wire:
    """Look at everything there is to see for somebody who came by ``path``."""
    async with wire(url, path) as reader:
        web = reader.web
        web.event_hooks = {"response": [tape.hear]}
        session = (await reader.ask()).json()
        assert session.keys() == {
            "ticket", "capability", "author", "guid", "kind", "language", "locked",
            "ends_at", "room", "url", "limits",
        }  # fmt: skip
        assert (session["capability"], session["room"]) == ("read", None)
        for page in (
            "", "?view=text", "?view=follow", "/state", "/history", "/settings", "/deleted",
            "/made", "/revisions", "/timeslider", "/export/txt", "/export/md", "/export/html",
            "/export/json", "/export/etherpad", "/nothing",
        ):  # fmt: skip
            await web.get(f"{url}{path}{page}")
        await web.post(f"{url}{path}/me", json={"name": "Leserin", "colour": 3})
        await web.post(f"{url}{path}/append", data={"text": "x", "ticket": "x"})
        await web.post(f"{url}{path}/session", json={"client": "x"})
        await web.get(f"{url}{path[:-1]}x")
        await reader.send(sync(STEP_1, NOTHING), caret(reader.client, 1, {"cursor": 1}))
        await editor.until(lambda: any("Leserin" in str(one) for one in editor.told))
        await reader.send(written(paragraph(reader.client, "x")))
        await reader.answered()
        tape.said += b"\n".join(reader.frames)
        return reader


def secrets_of(pad: Pad) -> list[str]:
    """What a reader of a random pad must not learn: address, and the other links."""
    return [pad.path.rpartition("/")[2], pad.admin.rpartition(".")[2]]


def test_the_whole_byte_stream_of_a_reader_names_nothing_stronger(server: Served) -> None:
    async def story() -> None:
        pad = await new_pad(server.url)
        async with pair(server.url, pad.path) as neighbours, Hand(server.url) as keeper:
            links = [
                await keeper.make_pad_link(pad.admin, right, f"Zettel {right}")
                for right in ("edit", "admin", "read")
            ]
            others = [link.rpartition(".")[2] for link in links]
            tape = Tape()
            await read_all(server.url, pad.reads, tape, neighbours.people[0])
            said = bytes(tape.said)
            own = pad.reads.rpartition(".")[2].encode()
            assert own in said
            for secret in [*secrets_of(pad), *others, "Zettel"]:
                assert secret.encode() not in said, secret

    asyncio.run(story())


def test_a_reader_of_a_pad_with_a_name_does_not_learn_it(server: Served, admin: str) -> None:
    """Nor its group, nor who looks after it: its title is all that is told."""

    async def story() -> None:
        async with Hand(server.url) as ada, asyncio.TaskGroup() as tasks:
            await ada.sign_in(admin, GOOD)
            group = await ada.make_group("Geheimbund")
            path = await ada.fill(f"/g/{group}", f"/p/{group}", name="zinnober")
            page = f"{path}/settings"
            form = {"who_edits": "link", "who_reads": "link", "history": "full", "expiry": "30"}
            await ada.fill(page, page, do="save", title="Rote Grütze", **form)
            reads = await ada.make_pad_link(path, "read")
            editor, tape = Neighbour({}), Tape()
            answer = await ada.post_raw(f"{path}/session", json={"client": editor.client})
            await editor.open(server.url, answer.json()["ticket"])
            tasks.create_task(editor.read())
            await read_all(server.url, reads, tape, editor)
            await editor.close()
            said = bytes(tape.said).lower()
            assert "grütze".encode() in said
            for secret in ("zinnober", "geheimbund", group, path):
                assert secret.encode() not in said, secret

    asyncio.run(story())
