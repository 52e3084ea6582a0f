"""The inbox, and a browser that is rung: by the real message, through a push service of our own."""

import asyncio
import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.served import served
from bench.visitor import Visitor
from tests.browser.furnishing import cookies
from tests.browser.stories import SETTINGS, Tell, needs
from tests.fakes.push import PushService, push_service

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]

AUTH = bytes(range(16))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def opened(service: PushService, browser: ec.EllipticCurvePrivateKey, file: Path) -> None:
    """Wait for the first push, open it as the browser would, and write it down."""
    await service.came.wait()
    text = http_ece.decrypt(service.received[0].body, private_key=browser, auth_secret=AUTH)
    beside = file.with_suffix(".part")
    beside.write_bytes(text)
    beside.replace(file)


def test_a_device_rings_and_shows_what_the_inbox_tells(tmp_path: Path, tell: Tell) -> None:
    async def run() -> None:
        (tmp_path / "push").mkdir()
        async with push_service(tmp_path / "push") as service:
            settings = f"""{SETTINGS}
[notices]
inside = ["127.0.0.0/8", "::1/128"]
authority = "{service.authority}"
"""
            browser, file = ec.generate_private_key(ec.SECP256R1()), tmp_path / "pushed.json"
            point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            facts = {
                "endpoint": service.endpoint(),
                "keys": {"p256dh": b64(point), "auth": b64(AUTH)},
                "pushed": str(file),
            }
            async with asyncio.TaskGroup() as group:
                group.create_task(opened(service, browser, file))
                await asyncio.to_thread(ring, tmp_path, settings, facts, tell)

    asyncio.run(run())


def ring(folder: Path, settings: str, facts: Mapping[str, object], tell: Tell) -> None:
    """Let Mara and Kim share a group, and tell the story."""
    with served(folder, settings=settings) as server:

        async def furnish() -> dict[str, object]:
            async with Visitor(server.url) as mara, Visitor(server.url) as kim:
                await mara.accept_invite(server.invite, "mara", secrets.token_urlsafe(16))
                group = await mara.make_group("Küche")
                made = await mara.sent(f"/g/{group}", f"/g/{group}/invites", {"role": "member"})
                invite = f"/i/{made.rpartition('/')[2]}"
                await kim.accept_invite(invite, "kim", secrets.token_urlsafe(16))
                return {"group": group, "cookies": {"mara": cookies(mara), "kim": cookies(kim)}}

        tell("notices.mjs", {"url": server.url, **facts, **asyncio.run(furnish())}, 60)
