"""Editors that send what no editor sends, while two people write on in the same pad."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import pytest

from bench.pads.editor import STEP_1, STEP_2, UPDATE, browser, sync, varuint
from bench.served import Served
from tests.hostile.legs import Chance
from tests.hostile.padwire import (
    AWARENESS,
    EMPTY,
    Pair,
    Wire,
    caret,
    lines,
    new_pad,
    pair,
    paragraph,
    string,
    wire,
    written,
)
from tests.protocols.yjs.writing import beside, element, inside, item, text, update

pytestmark = pytest.mark.slow

FOE: Final = "FEIND"
CROWDED: Final = 12
"""So many that edits are gathered before they are told."""
MUTATIONS: Final = 150

Story = Callable[[str, str, Pair], Awaitable[None]]


def play(server: Served, story: Story) -> None:
    """Two people write in a new pad; whatever the story does there, they notice nothing."""

    async def played() -> None:
        pad = await new_pad(server.url)
        async with pair(server.url, pad.path) as neighbours:
            await story(server.url, pad.path, neighbours)

    asyncio.run(played())


def nested(client: int, depth: int) -> bytes:
    structs = [element(inside((client, at - 1) if at else "body")) for at in range(depth)]
    return update((client, 0, structs))


SUB_DOCUMENT: Final = item(9, string("feind") + b"\x76\x00")
BROKEN: Final[dict[str, Callable[[int], bytes | str]]] = {
    "nothing": lambda _: b"",
    "text": lambda _: "hello",
    "an unknown kind": lambda _: varuint(7),
    "a control message": lambda _: varuint(64) + string('{"t":"saved"}'),
    "a number without end": lambda _: b"\xff" * 12,
    "an unknown kind of sync": lambda _: sync(3, EMPTY),
    "more than announced": lambda client: written(paragraph(client, FOE)) + b"x",
    "less than announced": lambda client: written(paragraph(client, FOE))[:-1],
    "an update that is cut": lambda client: written(paragraph(client, FOE)[:-3]),
    "an update without a delete set": lambda client: written(paragraph(client, FOE)[:-1]),
    "a step 1 that is none": lambda _: sync(STEP_1, b"\xff"),
    "a step 2 that is none": lambda _: sync(STEP_2, b"\xff"),
    "10**15 clients": lambda _: written(varuint(10**15) + b"\0"),
    "10**15 structs": lambda client: written(b"\1" + varuint(10**15) + varuint(client) + b"\0\0"),
    "a clock beyond all clocks": lambda client: written(paragraph(client, FOE, 2**31 - 2)),
    "a sub-document": lambda client: written(update((client, 0, [SUB_DOCUMENT]))),
    "another root": lambda client: written(
        update((client, 0, lines(client, FOE, place=inside("head"))))
    ),
    "text where elements stand": lambda client: written(update((client, 0, [text(FOE)]))),
    "60 elements in each other": lambda client: written(nested(client, 60)),
    "65 clients": lambda client: written(
        update(*((client + at, 0, [element()]) for at in range(65)))
    ),
    "a caret that is no JSON": lambda client: caret(client, 1, '{"cursor"'),
    "a caret that is no object": lambda client: caret(client, 1, [FOE]),
    "carets that are not there": lambda _: varuint(AWARENESS) + b"\1\5",
}


def test_what_is_broken_closes_the_socket_that_sent_it(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        for name, make in BROKEN.items():
            async with wire(url, path) as foe:
                await foe.send(make(foe.client))
                assert await foe.closed() == 4400, name
        assert FOE not in neighbours.people[0].text

    play(server, story)


def test_what_is_too_large_is_refused_unread(server: Served) -> None:
    sizes: dict[str, tuple[int, Callable[[int], bytes]]] = {
        "a message": (4413, lambda _: b"\0" * (512 * 1024 + 1)),
        "an update": (4413, lambda client: written(paragraph(client, FOE * 52_500))),
        "a frame": (1009, lambda _: b"\0" * (1024 * 1024 + 1)),
    }

    async def story(url: str, path: str, neighbours: Pair) -> None:
        for name, (code, make) in sizes.items():
            async with wire(url, path) as foe:
                await foe.send(make(foe.client))
                assert await foe.closed() == code, name
        assert FOE not in neighbours.people[1].text

    play(server, story)


def test_who_writes_in_the_name_of_others_is_put_out(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        victim = neighbours.people[0]
        letter = text(FOE, beside((victim.client, victim.clock - 1)))
        forged = {
            "as a neighbour": update((victim.client, victim.clock + 1_000, [letter])),
            "as a neighbour from the beginning": paragraph(victim.client, FOE * 1_000),
            "as nobody": paragraph(4711, FOE),
        }
        for name, data in forged.items():
            for kind in (UPDATE, STEP_2):
                async with wire(url, path) as foe:
                    await foe.send(sync(kind, data))
                    assert await foe.closed() == 4403, (name, kind)
        async with wire(url, path) as foe:
            await foe.send(written(paragraph(foe.client, "mine")), written(forged["as nobody"]))
            assert await foe.closed() == 4403
        assert FOE not in victim.text

    play(server, story)


def test_the_editor_of_somebody_else_cannot_be_taken(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        async with wire(url, path) as foe:
            for victim in neighbours.people:
                assert (await foe.ask(victim.client)).status_code == 409
            for number in (0, -1, 2**53, 10**30):
                assert (await foe.ask(number)).status_code == 400
            assert (await foe.ask(foe.client)).status_code == 200

    play(server, story)


def test_what_was_said_cannot_be_said_again_differently(server: Served) -> None:
    """Edits of many are merged on their way and on disk: the first word must win everywhere."""

    async def story(url: str, path: str, neighbours: Pair) -> None:
        crowd = [await enter(url, path) for _ in range(CROWDED)]
        foe, victim = crowd[0], neighbours.people[0]
        while victim.clock < 2 + len(FOE):
            await neighbours.meet(1)
        theirs = (victim.client, 2, [text(FOE, inside((victim.client, 1)))])
        await foe.send(written(paragraph(foe.client, "x")))
        clock = 3
        for _ in range(20):
            first = text("abcd", beside((foe.client, clock - 1)))
            again = text("FEINDE", beside((foe.client, clock - 1)))
            new = text("z", beside((foe.client, clock + 5)))
            for blocks in (
                [(foe.client, clock, [first])],
                [(foe.client, clock, [again])],
                [theirs, (foe.client, clock + 6, [new])],
            ):
                await foe.send(written(update(*blocks)))
            clock += 7
        await foe.answered()
        assert str(foe.document()["body"]).count("abcdDEz") == 20
        await neighbours.meet(1)
        assert neighbours.people[1].text.count("abcdDEz") == 20
        assert FOE not in neighbours.people[1].text
        for one in crowd:
            await leave(one)

    play(server, story)


async def enter(url: str, path: str) -> Wire:
    one = Wire(url, path, browser())
    await one.open(await one.ticket())
    await one.answered()
    return one


async def leave(one: Wire) -> None:
    await one.close()
    await one.web.aclose()


def test_gaps_are_asked_for_and_the_third_ends_it(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        async with wire(url, path) as foe:
            gap = written(paragraph(foe.client, FOE, clock=7))
            for _ in range(2):
                asked = len(foe.syncs(STEP_1))
                await foe.send(sync(STEP_2, EMPTY), gap)
                await foe.until(partial(is_asked, foe, asked))
            await foe.send(sync(STEP_2, EMPTY), gap)
            assert await foe.closed() == 4400
        assert FOE not in neighbours.people[0].text

    play(server, story)


def is_asked(foe: Wire, before: int) -> bool:
    return len(foe.syncs(STEP_1)) > before


def test_mutated_updates_divide_nobody(server: Served) -> None:
    """Some are understood, as other text; then both neighbours and the server have just that."""
    chance = Chance(11)

    async def story(url: str, path: str, neighbours: Pair) -> None:
        ends = set()
        foe = await enter(url, path)
        for _ in range(MUTATIONS):
            update_of = neighbours.people[chance.randrange(2)].doc.get_update()
            good = chance.choice([paragraph(foe.client, "wörter 😀"), update_of[:4_000]])
            data = bytearray(good)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.choice([0, 1, 127, 128, 255, 4, 0x84])
            await foe.send(sync(chance.choice([UPDATE, STEP_2]), bytes(data)))
            await foe.answered()
            if foe.code is not None:
                ends.add(foe.code)
                await leave(foe)
                foe = await enter(url, path)
        await leave(foe)
        assert 4400 in ends
        assert ends <= {4400, 4403, 4429}

    play(server, story)


def test_a_caret_tells_nothing_but_where_it_is(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        victim = neighbours.people[0]
        async with wire(url, path) as foe, wire(url, path) as witness:
            lie = {"cursor": {"at": 1}, "user": {"name": FOE, "colour": 99, "author": 1}, "x": FOE}
            await foe.send(caret(victim.client, 10**6, {"cursor": FOE}), caret(foe.client, 1, lie))
            await witness.until(lambda: cursors(witness, foe))
            (shown,) = [one[foe.client] for one in witness.carets() if foe.client in one]
            assert shown["cursor"] == {"at": 1}
            assert shown.keys() == {"cursor", "user"}
            assert shown["user"].keys() == {"name", "colour", "number", "author"}
            assert shown["user"]["author"] == foe.entry["author"]["id"]
            assert all(victim.client not in one for one in witness.carets())
            assert not any(FOE.encode() in frame for frame in witness.frames)

    play(server, story)


@pytest.mark.parametrize(
    "state",
    [
        '{"cursor":"' + "x" * 2_100 + '"}',
        '{"cursor":"' + "😀" * 600 + '"}',
        '{"cursor":' + "[" * 900 + "]" * 900 + "}",
    ],
    ids=["long", "many bytes", "deep"],
)
def test_a_caret_beyond_measure_is_dropped(server: Served, state: str) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        async with wire(url, path) as foe, wire(url, path) as witness:
            await foe.send(caret(foe.client, 1, state))
            await foe.answered()
            if foe.code is None:
                await foe.send(caret(foe.client, 2, {"cursor": "good"}))
                await witness.until(lambda: cursors(witness, foe))
                assert cursors(witness, foe) == ["good"]
            else:
                assert foe.code == 4400

    play(server, story)


def test_a_flood_of_carets_arrives_as_a_trickle(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        async with wire(url, path) as foe, wire(url, path) as witness:
            for clock in range(800):
                await foe.send(caret(foe.client, clock, {"cursor": clock}))
            await witness.until(lambda: cursors(witness, foe)[-1:] == [799])
            assert foe.code is None
            assert len(cursors(witness, foe)) < 20
            await foe.send(*(caret(foe.client, clock, {"cursor": 0}) for clock in range(2_000)))
            assert await foe.closed() == 4429

    play(server, story)


def cursors(witness: Wire, of: Wire) -> list[object]:
    return [one[of.client]["cursor"] for one in witness.carets() if one.get(of.client)]


def test_who_floods_is_told_and_closed(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        async with wire(url, path) as foe:
            await foe.send(written(paragraph(foe.client, "")))
            for clock in range(2, 600):
                place = beside((foe.client, clock - 1)) if clock > 2 else inside((foe.client, 1))
                await foe.send(written(update((foe.client, clock, [text("x", place)]))))
            assert await foe.closed() == 4429
            assert [one["t"] for one in foe.told].count("slow") >= 1
        async with wire(url, path) as foe:
            await foe.send(*(sync(STEP_1, b"\0") for _ in range(200)))
            assert await foe.closed() == 4429

    play(server, story)


def test_a_full_pad_says_so_and_is_still_exported(server: Served) -> None:
    """A pad beside it is not concerned."""

    async def story(url: str, _: str, neighbours: Pair) -> None:
        pad = await new_pad(url)
        async with wire(url, pad.path) as foe, wire(url, pad.path) as witness:
            clock, part = 0, "voll " * 40_000
            while "pads.full" not in foe.errors():
                assert clock < 1_200_000, "a pad without end"
                await foe.send(written(paragraph(foe.client, part, clock)))
                await foe.answered()
                clock += len(part) + 2
            before = await foe.web.get(f"{url}{pad.path}/export/txt")
            await foe.send(written(paragraph(foe.client, FOE, clock - len(part) - 2)))
            await foe.answered()
            await witness.answered()
            assert (foe.code, witness.code) == (None, None)
            assert 800_000 <= len(before.content) <= 1_100_000
            for form in ("txt", "md", "html", "json"):
                answer = await foe.web.get(f"{url}{pad.path}/export/{form}")
                assert (answer.status_code, len(answer.content) > 800_000) == (200, True)

    play(server, story)
