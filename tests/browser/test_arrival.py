"""From an invite into the chat of a group by keyboard alone, against the clock; then with curl."""

import asyncio
import secrets
from pathlib import Path

import pytest

from bench.served import Served, served
from bench.visitor import Visitor
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs("curl")]

ROOM = "Küche"


async def invite_to_group(server: Served) -> str:
    """Return the address of an invite to a group with a room."""
    async with Visitor(server.url) as mara:
        await mara.accept_invite(server.invite, "mara", secrets.token_urlsafe(16))
        group = await mara.make_group("Wohnprojekt")
        await mara.make_room(group, ROOM)
        made = await mara.sent(f"/g/{group}", f"/g/{group}/invites", {"role": "member"})
        return f"{server.url}/i/{made.rpartition('/')[2]}"


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_invite_leads_into_the_chat_by_keyboard_in_45_seconds(
    tmp_path: Path, tell: Tell, language: str
) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        invite = asyncio.run(invite_to_group(server))
        facts = {"url": server.url, "invite": invite, "room": ROOM, "language": language}
        tell("arrival.mjs", facts, 90)
