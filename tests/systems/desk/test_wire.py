"""Ringing: what reaches a push service on loopback, opened by a foreign program."""

import asyncio
import base64
import json
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from allmende.core.accounts import Caller
from allmende.protocols.webpush import key_of
from allmende.storage.database import Database
from allmende.systems.desk.service.notices import Device, NoticeService
from allmende.systems.desk.wire import LOOK_AGAIN_S, Ringing, Sender
from allmende.transports.egress import open_egress
from allmende.webkit.i18n import Catalogues
from tests.fakes.push import PushService, push_service
from tests.identity.town import Town
from tests.webkit.house import LOCALE

BROWSER = ec.derive_private_key(0xB0B, ec.SECP256R1())
AUTH = bytes(range(16))
LOOPBACK = ("127.0.0.0/8", "::1/128")


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


KEY = b64(BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


class Tower:
    """A person with a device, and what rings it."""

    def __init__(self, database: Database, service: PushService) -> None:
        self.town = Town(database)
        self.service = service
        self.notices = NoticeService(database, self.town.clock)
        self.texts = Catalogues.load(LOCALE)
        self.mara = Caller()

    async def begin(self, *, shows_text: bool = False, key: str = KEY, endpoint: str = "") -> None:
        self.mara = await self.town._person("mara")
        device = Device(
            endpoint=endpoint or self.service.endpoint(),
            key=key,
            auth=b64(AUTH),
            shows_text=shows_text,
            language="de",
        )
        await self.notices.ring_here(self.mara, device)

    async def tell(self, values: dict[str, str]) -> None:
        account_id = self.town.account(self.mara)
        await self.notices.tell(account_id, "desk.push-new-in", values, "/g/kueche")

    async def ring(self) -> float:
        """What the task does each time it looks."""
        sender = Sender(
            key=key_of(bytes(32)),
            subject="https://allmende.example.org/imprint",
            title="Allmende",
            translate=lambda language, message_id, values: self.texts.catalogue(language).text(
                message_id, values
            ),
        )
        authority = str(self.service.authority)
        async with open_egress(inside=LOOPBACK, authority=authority) as egress:
            return await Ringing(self.notices, egress, sender, self.town.clock).ring_due()


def rung(database: Database, folder: Path, story: object) -> Tower:
    async def run() -> Tower:
        async with push_service(folder) as service:
            tower = Tower(database, service)
            await story(tower)  # type: ignore[operator]  # a coroutine function
            return tower

    return asyncio.run(run())


def opened(tower: Tower, number: int = -1) -> dict[str, str]:
    body = tower.service.received[number].body
    return dict(json.loads(http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH)))


def test_a_device_hears_that_there_is_something_new_and_no_more(
    sqlite: Database, tmp_path: Path
) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin()
        await tower.tell({"group": "Küche"})
        assert await tower.ring() == LOOK_AGAIN_S
        await tower.tell({"secret": "SENTINEL"})
        await tower.ring()

    tower = rung(sqlite, tmp_path, story)
    assert opened(tower, 0) == {"title": "Allmende", "body": "Neues in Küche", "link": "/g/kueche"}
    assert opened(tower, 1)["body"] == "Etwas Neues wartet auf dich"
    sizes = {len(request.body) for request in tower.service.received}
    assert len(sizes) == 1


def test_a_foreign_program_believes_who_sent_it(sqlite: Database, tmp_path: Path) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin()
        await tower.tell({})
        await tower.ring()

    tower = rung(sqlite, tmp_path, story)
    [request] = tower.service.received
    assert Vapid02.verify(request.headers["authorization"])
    assert request.headers["ttl"] == "86400"
    assert request.headers["content-encoding"] == "aes128gcm"


def test_who_asked_for_it_reads_the_text(sqlite: Database, tmp_path: Path) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin(shows_text=True)
        await tower.tell({"group": "ä" * 3000})
        await tower.ring()

    assert opened(rung(sqlite, tmp_path, story))["body"].startswith("Neues in ää")


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(sqlite: Database, tmp_path: Path, status: int) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin()
        tower.service.status = status
        await tower.tell({})
        await tower.tell({})
        await tower.ring()
        inbox = await tower.notices.inbox(tower.mara)
        assert inbox.device is None
        assert len(inbox.notices) == 2

    rung(sqlite, tmp_path, story)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_busy_is_asked_again_later(
    sqlite: Database, tmp_path: Path, status: int
) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin()
        tower.service.status = status
        await tower.tell({})
        assert await tower.ring() == 60
        tower.service.status = 201
        await tower.ring()
        tower.town.clock.turn(minutes=1)
        await tower.ring()

    assert len(rung(sqlite, tmp_path, story).service.received) == 2


def test_a_push_that_can_never_be_taken_is_given_up(sqlite: Database, tmp_path: Path) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin()
        tower.service.status = 413
        await tower.tell({})
        await tower.ring()
        tower.town.clock.turn(days=2)
        await tower.ring()
        assert (await tower.notices.inbox(tower.mara)).device is not None

    assert len(rung(sqlite, tmp_path, story).service.received) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"key": "x"}, {"endpoint": "https://192.168.0.1/x"}, {"endpoint": "http://push.example/"}],
)
def test_a_device_with_impossible_details_is_forgotten(
    sqlite: Database, tmp_path: Path, wrong: dict[str, str]
) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin(**wrong)  # type: ignore[arg-type]  # a table of fields
        await tower.tell({})
        await tower.ring()
        assert (await tower.notices.inbox(tower.mara)).device is None

    assert rung(sqlite, tmp_path, story).service.received == []


def test_what_was_told_wakes_the_ringing(sqlite: Database, tmp_path: Path) -> None:
    async def story(tower: Tower) -> None:
        await tower.begin()
        sender = Sender(
            key=key_of(bytes(32)), subject="https://x/", title="x", translate=lambda *_: "x"
        )
        authority = str(tower.service.authority)
        async with (
            open_egress(inside=LOOPBACK, authority=authority) as egress,
            asyncio.TaskGroup() as group,
        ):
            ringing = Ringing(tower.notices, egress, sender, tower.town.clock)
            task = group.create_task(ringing.run())
            await tower.tell({})
            ringing.wake()
            async with asyncio.timeout(5):
                await tower.service.came.wait()
            task.cancel()

    rung(sqlite, tmp_path, story)
