"""Whoever's right ends loses every connection within 5 seconds (product.md 6, S10).

A table: what ends x what is open. All rows are played at once on one real server.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from allmende.transports.ways import self_signed
from bench.meet.call import Ear
from bench.meet.person import Person
from bench.meet.streams import Talker
from bench.meet.websocket import WebSocketRefused, open_websocket
from bench.served import Served
from bench.visitor import Inside, Refused
from tests.hostile.connections import (
    FOR_BROWSERS,
    FOR_PROGRAMS,
    KINDS,
    PATIENCE_S,
    Scene,
    Who,
    command,
    guest,
    hears_nothing,
    key_of,
    kit_of,
    member,
    phone,
    program,
    scene,
    with_key,
)
from tests.hostile.legs import GOOD, closed, join_request, signalling, target, until
from tests.hostile.padwire import Hand

pytestmark = pytest.mark.slow

WITHIN_S: Final = 5.0
AT_ONCE: Final = 4
"""Rows at the same time: passwords are checked two at a time, and nobody waits for 5 s."""

OTHER: Final = "vier gelbe birnen im garten"
_PAIR_CODE: Final = re.compile(r'id="pair-code" value="([^"]+)"')
_CERTIFICATE: Final = re.compile(r"/me/certificates/(\d+)/end")

Act = Callable[[], Awaitable[object]]
Revoke = Callable[[Scene, Who], Awaitable[Act]]
"""Prepares, and returns what then takes the right away: only that is measured."""


@dataclass(frozen=True)
class Row:
    """``revoke``: done by somebody else, or on another device. ``slow``: by a command, which is
    measured from its end on: Python takes its time to start."""

    what: str
    come: Callable[[Scene, str], Awaitable[Who]]
    revoke: Revoke
    opens: Sequence[str] = FOR_BROWSERS
    slow: bool = False


async def one_session(scene: Scene, who: Who) -> Act:
    other = await phone(scene, who)
    return lambda: other.end_oldest_session()


async def all_sessions(scene: Scene, who: Who) -> Act:
    other = await phone(scene, who)
    return lambda: other.fill("/me/devices", "/me/signout-everywhere")


async def password(scene: Scene, who: Who) -> Act:
    other = await phone(scene, who)
    return lambda: other.fill("/me", "/me/password", old=GOOD, new=OTHER)


async def other_devices(scene: Scene, who: Who) -> Act:
    other = await phone(scene, who)
    return lambda: other.fill("/me/devices", "/me/devices/end-others")


async def app_password(scene: Scene, who: Who) -> Act:
    """Both of the program, one after the other."""
    other = await phone(scene, who)
    return lambda: other.end_keys()


async def removed(scene: Scene, who: Who) -> Act:
    return lambda: scene.ada.remove_newest(scene.group)


async def left(scene: Scene, who: Who) -> Act:
    other = await phone(scene, who)
    return lambda: other.fill(f"/g/{scene.group}", f"/g/{scene.group}/leave")


async def frozen(scene: Scene, who: Who) -> Act:
    return lambda: command(scene, "account", "freeze", who.name)


async def removed_account(scene: Scene, who: Who) -> Act:
    return lambda: command(scene, "account", "remove", who.name, "--yes")


async def left_server(scene: Scene, who: Who) -> Act:
    other = await phone(scene, who)
    return lambda: other.fill("/me/leave", "/me/leave", name=who.name, when="now")


async def leaving(scene: Scene, who: Who) -> Act:
    other = await phone(scene, who)
    return lambda: other.fill("/me/leave", "/me/leave", name=who.name, when="later")


async def recovered(scene: Scene, who: Who) -> Act:
    """Somebody with the kit, on a server that does not make them wait."""
    holder = await phone(scene, who)
    code = await kit_of(Who(who.name, holder, holder))
    stranger = await scene.come()
    path = await stranger.fill("/recover", "/recover", code=code)
    ticket = await stranger.ticket_on(path)
    return lambda: stranger.post_raw(path, data={"password": OTHER, "ticket": ticket})


async def link(scene: Scene, who: Who) -> Act:
    return lambda: scene.ada.revoke_link(scene.room)


async def room(scene: Scene, who: Who) -> Act:
    path = f"/r/{scene.room.slug}"
    return lambda: scene.ada.fill(f"{path}/settings", f"{path}/delete", sure="on")


async def group(scene: Scene, who: Who) -> Act:
    path = f"/g/{scene.group}"
    return lambda: scene.ada.fill(f"{path}/settings", f"{path}/delete", sure="on")


TABLE: Final = (
    Row("a session, on the page of devices", member, one_session),
    Row("all sessions", member, all_sessions),
    Row("the password", member, password),
    Row("all other devices", member, other_devices),
    Row("all other devices, a program", program, other_devices, FOR_PROGRAMS),
    Row("an app password", program, app_password, FOR_PROGRAMS),
    Row("a membership, by an admin", member, removed),
    Row("a membership, a program", program, removed, FOR_PROGRAMS),
    Row("a membership, by oneself", member, left),
    Row("a frozen account", member, frozen, slow=True),
    Row("a frozen account, a program", program, frozen, FOR_PROGRAMS, slow=True),
    Row("an account, by the operator", member, removed_account, slow=True),
    Row("an account, by oneself", member, left_server),
    Row("an account, a program", program, left_server, FOR_PROGRAMS),
    Row("an account that leaves", member, leaving),
    Row("an account that leaves, a program", program, leaving, FOR_PROGRAMS),
    Row("a recovery", member, recovered),
    Row("a recovery, a program", program, recovered, FOR_PROGRAMS),
    Row("a room link", guest, link, tuple(KINDS)),
    Row("a room", member, room),
    Row("a room, a guest", guest, room, tuple(KINDS)),
    Row("a group", member, group),
    Row("a group, a program", program, group, FOR_PROGRAMS),
)


async def played(server: Served, ada: Hand, number: int, row: Row) -> dict[str, float]:
    """Open everything, take the right away, return after how many seconds each was dead."""
    ends: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        where = await scene(server, stack, ada, f"Gruppe {number}")
        who = await row.come(where, f"person{number}")
        open_ones = {
            kind: await stack.enter_async_context(KINDS[kind](who, where)) for kind in row.opens
        }
        act = await row.revoke(where, who)

        async def watch(kind: str) -> None:
            await open_ones[kind]()
            ends[kind] = time.monotonic()

        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            for kind in row.opens:
                tasks.create_task(watch(kind))
            began = time.monotonic()
            await act()
            began = time.monotonic() if row.slow else began
        await stays_out(where, who, row)
    return {kind: max(0.0, ended - began) for kind, ended in ends.items()}


async def in_turn(
    places: asyncio.Semaphore, server: Served, ada: Hand, number: int, row: Row
) -> dict[str, float]:
    async with places:
        return await played(server, ada, number, row)


async def stays_out(where: Scene, who: Who, row: Row) -> None:
    assert await who.hand.status(where.messages) in (401, 403, 404), row.what
    live = f"/api/v1/live?room={where.room.room_id}"
    assert await who.hand.status(live) in (401, 403, 404), row.what
    assert (await who.pads.wire(where.pad).ask()).status_code in (401, 403, 404), row.what
    if "voice" in row.opens:
        assert await hears_nothing(who, where), row.what
    if who.ticket is not None:
        with pytest.raises(WebSocketRefused, match=r"40[0134]"):
            await open_websocket(who.ticket.url, target(who.ticket.token, join_request()))


def test_whatever_ends_ends_every_connection(server: Served, admin: str) -> None:
    async def play() -> dict[str, dict[str, float]]:
        places = asyncio.Semaphore(AT_ONCE)
        async with Hand(server.url) as ada, asyncio.TaskGroup() as tasks:
            await ada.sign_in(admin, GOOD)
            running = {
                row.what: tasks.create_task(in_turn(places, server, ada, number, row))
                for number, row in enumerate(TABLE)
            }
        return {what: task.result() for what, task in running.items()}

    found = asyncio.run(play())
    late = {
        (what, kind): after_s
        for what, kinds in found.items()
        for kind, after_s in kinds.items()
        if after_s > WITHIN_S
    }
    assert late == {}
    assert [sorted(found[row.what]) for row in TABLE] == [sorted(row.opens) for row in TABLE]


def story(server: Served, admin: str, told: Callable[[Scene, Who], Awaitable[None]]) -> None:
    """Play something with a guest of a new room."""

    async def play() -> None:
        async with AsyncExitStack() as stack:
            ada = await stack.enter_async_context(Hand(server.url))
            await ada.sign_in(admin, GOOD)
            where = await scene(server, stack, ada, "Küche")
            await told(where, await guest(where, "Rabe"))

    asyncio.run(play())


def inside(found: Inside | None) -> Inside:
    assert found is not None
    return found


def test_a_guest_who_is_removed_is_out_at_once(server: Served, admin: str) -> None:
    async def told(where: Scene, rabe: Who) -> None:
        ticket = inside(rabe.ticket)

        async def ticket_again() -> Inside:
            return ticket

        ear = Ear([0], [0])
        person = Person(ticket_again, [Talker(0)], ear)
        async with (
            KINDS["live page"](rabe, where) as page,
            KINDS["pad"](rabe, where) as pad,
            asyncio.TaskGroup() as tasks,
        ):
            life = tasks.create_task(person.run())
            async with asyncio.timeout(15):
                await person.up.wait()
                await put_out(where, ticket)
            async with asyncio.timeout(WITHIN_S):
                await page()
                await pad()
                await life
        assert person.removed
        await stays_out(where, rabe, TABLE[0])
        with pytest.raises(Refused, match=r"identity\.removed"):
            await rabe.hand.join(where.room, "Rabe")

    story(server, admin, told)


async def put_out(where: Scene, ticket: Inside) -> None:
    """Who just came in is known to the call a moment later than to their own client."""
    while True:
        try:
            await where.ada.call(where.room, "remove", {"identity": ticket.identity})
        except Refused as refused:
            if refused.error != "meet.gone":
                raise
        else:
            return


def test_a_token_of_an_earlier_call_opens_no_later_one(server: Served, admin: str) -> None:
    """A call ends, another one begins in the same room: who held a token is a stranger again."""

    async def told(where: Scene, rabe: Who) -> None:
        ticket = inside(rabe.ticket)
        async with signalling(ticket) as socket:
            fresh = (await until(socket, "refresh_token")).refresh_token
            await where.ada.call(where.room, "end", {})
            await closed(socket, WITHIN_S)
        await where.ada.join(where.room, "ada")
        for token in (ticket.token, fresh):
            with pytest.raises(WebSocketRefused, match="404"):
                await open_websocket(ticket.url, target(token, join_request()))

    story(server, admin, told)


def test_other_app_passwords_and_sessions_stay(server: Served, admin: str) -> None:
    """One is ended; the other, and the person's own page, notice nothing."""

    async def told(where: Scene, _: Who) -> None:
        person = await member(where, "bleibt")
        first, second = [await with_key(where, person, "chat") for _ in range(2)]
        programs = [Who("bleibt", hand, hand) for hand in (first, second)]
        async with KINDS["live page"](programs[0], where) as ends:
            await person.hand.end_keys(1)
            async with asyncio.timeout(WITHIN_S):
                await ends()
        assert await first.status(where.messages) == 401
        assert await second.status(where.messages) == 200
        assert await person.hand.status(where.messages) == 200

    story(server, admin, told)


def test_a_certificate_that_is_taken_back_ends_its_mumble_and_nothing_else(
    server: Served, admin: str, tmp_path: Path
) -> None:
    """It was bound by a code typed as password; afterwards it is as good as none."""
    shown = certificate_in(tmp_path)

    async def told(where: Scene, _: Who) -> None:
        person = await member(where, "mumbelt")
        page = "/me/certificates/new"
        made = await person.hand.post_raw(page, data={"ticket": await person.hand.ticket_on(page)})
        code = _PAIR_CODE.search(made.text)
        assert code is not None
        pairing = replace(person, voice=code[1], certificate=shown)
        again = replace(person, certificate=shown)
        with_key = replace(person, voice=await key_of(person, "voice"))
        async with KINDS["voice"](pairing, where):
            pass
        async with KINDS["voice"](again, where) as ends, KINDS["voice"](with_key, where):
            number = _CERTIFICATE.search(await person.hand.page("/me/devices"))
            assert number is not None
            await person.hand.fill("/me/devices", f"/me/certificates/{number[1]}/end")
            async with asyncio.timeout(WITHIN_S):
                await ends()
            assert not await hears_nothing(with_key, where)
        assert await hears_nothing(again, where)
        assert await person.hand.status(where.messages) == 200

    story(server, admin, told)


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """A certificate as Mumble clients make them for themselves, and its key."""
    made = self_signed("mumbelt")
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
