"""Pads put together: facts reach open editors, and a read session carries no other secret."""

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.bus import Bus
from allmende.core.events import Fact
from allmende.core.ids import AccountId, FactId, GroupId, LinkId, RoomId
from allmende.core.parts import Part
from allmende.identity.events import (
    AccountFrozen,
    AccountGone,
    CredentialRevoked,
    DoorAnswered,
    GuestBanned,
    LinkRevoked,
    MembershipChanged,
    RoomChanged,
    RoomGone,
    SessionRevoked,
)
from allmende.storage.backup import ALSO
from allmende.storage.database import Database
from allmende.systems.pads import events
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind
from allmende.systems.pads.service.engine import PadEngine
from allmende.systems.pads.service.making import Made
from allmende.systems.pads.service.port import PadPort
from allmende.systems.pads.system import KEY_FILE, Grounds, build, watch_people
from allmende.transports.tasks import background
from tests.facts import tell
from tests.identity.town import Inline, fail
from tests.systems.pads.editors import Editor
from tests.systems.pads.village import DEFAULTS, RABE
from tests.systems.pads.web.porch import Porch


class Built:
    """The part and its port, on the town of the pages' tests."""

    def __init__(self, database: Database, data: Path) -> None:
        self.porch = Porch(database)
        self.village = self.porch.village
        self.bus = Bus(fail)
        grounds = Grounds(
            database=database,
            doors=self.village.doors,
            bus=self.bus,
            clock=self.village.clock,
            threads=Inline(),
            data=data,
        )
        made = asyncio.run(build(grounds, DEFAULTS, PadLimits(), self.porch.kit))
        self.part: Part = made[0]
        self.port: PadPort = made[1]

    def deliver(self, fact: Fact) -> None:
        asyncio.run(tell(self.bus, fact))


@pytest.fixture
def built(sqlite: Database, tmp_path: Path) -> Built:
    return Built(sqlite, tmp_path)


def test_the_part_has_routes_facts_jobs_and_the_engine(built: Built, tmp_path: Path) -> None:
    assert built.part.name == "pads"
    assert tuple(built.part.facts) == events.FACTS
    assert {job.name for job in built.part.jobs} == {
        "pads-over", "pads-links", "pads-rooms", "pads-thin",
    }  # fmt: skip
    assert len(built.part.tasks) == 1
    paths = [route.path for route in built.part.routes]
    assert paths.index("/p/ws/live") < paths.index("/p/{group}/{name}")
    assert (tmp_path / KEY_FILE).stat().st_size == 32
    assert KEY_FILE.parts[0] in ALSO


def test_rooms_take_their_pads_along_and_accounts_their_names(built: Built) -> None:
    village, now = built.village, built.village.now
    admin = village.people()["admin"]
    room = village.a_room(admin)
    port, slug = built.port, village.commune.slug
    in_group = asyncio.run(port.make_in_group(admin, slug, "Plan", Kind.RICH))
    asyncio.run(port.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    asyncio.run(port.call_me(admin, in_group, RABE, "Mara", 1))
    built.deliver(RoomGone(at=now, room_id=room.id))
    assert village.count("pads_pad") == 1
    built.deliver(AccountGone(at=now, account_id=village.account(admin)))
    assert asyncio.run(port.me(admin, in_group, RABE)) is None


class Watched:
    """An engine that notes who is asked again."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        def note(*which: Any) -> Any:
            self.asked.append((name, *which))
            return None if name.endswith("soon") else asyncio.sleep(0)

        return note


def test_whoever_lost_what_they_came_in_by_is_asked_again(built: Built) -> None:
    watched: Any = Watched()
    bus, now = Bus(fail), built.village.now
    watch_people(bus, watched)
    account, room, group, link = AccountId(5), RoomId(7), GroupId(9), LinkId(3)
    facts: list[Fact] = [
        SessionRevoked(at=now, account_id=account, session_id=None),
        MembershipChanged(at=now, group_id=group, account_id=account),
        CredentialRevoked(at=now, account_id=account, app_password_id=None),
        AccountFrozen(at=now, account_id=account),
        AccountGone(at=now, account_id=account),
        LinkRevoked(at=now, link_id=link, room_id=room),
        GuestBanned(at=now, room_id=room, guest_id=None),
        RoomChanged(at=now, room_id=room),
    ]
    for fact in facts:
        asyncio.run(bus.deliver(FactId(1), fact))
    bus.publish(DoorAnswered(room_id=room, key="g", state="removed"))
    assert watched.asked == [
        *[("recheck_account", account)] * 5,
        *[("recheck_room", room)] * 3,
        ("recheck_room_soon", room),
    ]


def engine_of(built: Built) -> PadEngine:
    """The engine whose ``run`` is the task of the part."""
    task = built.part.tasks[0]
    assert inspect.ismethod(task)
    engine = task.__self__
    assert isinstance(engine, PadEngine)
    return engine


async def read_along(built: Built, made: Made, reader: Editor) -> list[str]:
    """Let a reader in by its link, write, take the link back; return what it may not know."""
    port, engine, now = built.port, engine_of(built), built.village.now
    admin = Address(f"a.{made.admin_token}")
    links = {one.link.capability: one for one in (await port.settings(STRANGER, admin)).links}
    link = links[Capability.READ]
    entry = await port.enter(STRANGER, link.address, RABE, reader.client, "de")
    served = engine.connect(entry.ticket, reader.socket, controls=True)
    async with background(served, name="reader"):
        await reader.until(lambda: bool(reader.told("hello")))
        await port.append(STRANGER, made.address, RABE, "Milch")
        await reader.until(lambda: "Milch" in reader.text)
        await port.revoke_link(STRANGER, admin, link.link.id)
        pad = (await port.open(STRANGER, admin)).pad
        await built.bus.deliver(FactId(1), events.PadRightsChanged(at=now, pad_id=pad.id))
        await reader.until(lambda: reader.socket.code is not None)
    return [*(str(one.address.token) for one in links.values()), made.address.name]


def test_a_read_session_carries_no_other_link_or_name_and_ends_with_its_link(
    built: Built,
) -> None:
    reader = Editor(77)

    async def story() -> list[str]:
        async with background(engine_of(built).run(), name="pads"):
            made = await built.port.make(STRANGER, "Einkauf", Kind.TEXT)
            return await read_along(built, made, reader)

    secrets = asyncio.run(story())
    carried = b"".join(reader.socket.sent)
    assert reader.socket.code == 4403
    assert b"Milch" in carried
    for secret in secrets:
        assert secret.encode() not in carried
