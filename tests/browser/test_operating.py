"""The operator's room in a browser: four pages, both languages and themes, a phone and a desk."""

import asyncio
import os
import secrets
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from allmende.core.clock import SystemClock
from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.store.passkeys import add_passkey
from allmende.identity.store.tables.accounts import accounts
from allmende.storage.opening import open_database
from allmende.storage.vault import key_path, load_keys
from bench.served import Served, served
from bench.visitor import Visitor
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


async def proven_operator(server: Served) -> str:
    """Make the first account, with a passkey besides its password; return its cookies."""
    async with Visitor(server.url) as mara:
        await mara.accept_invite(server.invite, "mara", secrets.token_urlsafe(16))
        cookie = mara.cookie()
    keys = load_keys(key_path(server.data), data=server.data)
    passkey = NewPasskey(b"", secrets.token_hex(8), 0, "fern")
    now = SystemClock().now()

    def change(db: Connection) -> None:
        account_id = db.execute(select(accounts.c.id)).scalar_one()
        add_passkey(db, account_id, passkey, now)

    async with open_database("", server.data, keys=keys) as database:
        await database.write(change)
    return cookie


def test_the_room_of_those_who_run_the_server(tmp_path: Path, tell: Tell) -> None:
    folder = os.environ.get("ALLMENDE_PICTURES", "")
    with served(tmp_path, settings=SETTINGS) as server:
        cookie = asyncio.run(proven_operator(server))
        tell("operating.mjs", {"url": server.url, "cookie": cookie, "folder": folder}, 60)
