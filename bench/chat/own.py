"""Our server with accounts and app passwords for programs that speak XMPP."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId
from allmende.identity.model.app_passwords import CHAT, new_secret, scopes_text, scram_keys
from allmende.identity.model.tokens import token_hash
from allmende.identity.store import accounts, app_passwords
from allmende.protocols.scram.keys import write_keys
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.secret import secret
from allmende.storage.sqlite import open_sqlite
from allmende.storage.vault import key_path, load_keys
from allmende.systems.chat.model.contacts import Contact, Standing
from allmende.systems.chat.store.contacts import keep_contact
from bench.served import Served, served
from bench.voice.peers import free_port

SETTINGS: Final = """
domain = "{domain}"
[web]
listen = ["127.0.0.1"]
[media]
udp_port = 0
tcp_port = 0
packets_per_second = 30000
[voice]
port = 0
[chat]
port = {plain}
direct_port = {direct}
{more}"""


@dataclass(frozen=True)
class Place:
    """Where it is: its domain, and more settings behind those of ``[chat]``."""

    domain: str = "localhost"
    more: str = ""


@dataclass(frozen=True)
class OwnChat:
    """A server that runs. ``secrets``: an app password by name of account."""

    server: Served
    plain: int
    direct: int
    secrets: Mapping[str, str]

    @property
    def pid(self) -> int:
        """Its main process."""
        return self.server.process.pid

    @property
    def authority(self) -> Path:
        """The certificate that signed what it shows."""
        return self.server.data / "tls" / "authority.pem"


@contextmanager
def own_chat(
    folder: Path,
    names: Sequence[str],
    *,
    strangers: bool = False,
    ports: tuple[int, int] | None = None,
    before: Sequence[str] = (),
    place: Place = Place(),
) -> Iterator[OwnChat]:
    """Serve ``place`` with an account of each name. ``before``: words before the command.

    Two and two are contacts of each other, in order; of a stranger only one message comes.
    """
    plain, direct = ports or (free_port(), free_port())
    settings = SETTINGS.format(domain=place.domain, plain=plain, direct=direct, more=place.more)
    with served(folder, settings=settings, before=before) as server:
        yield OwnChat(server, plain, direct, asyncio.run(add_people(server.data, names, strangers)))


async def add_people(data: Path, names: Sequence[str], strangers: bool) -> dict[str, str]:
    """Add accounts beside a server that runs; return an app password of each."""
    made = {name: new_secret() for name in names}
    key = load_keys(key_path(data)).database
    async with open_sqlite(data / SQLITE_NAME, key=key) as database:
        house_key = await database.write(lambda db: secret(db, "identity"))

        def change(db: Connection) -> None:
            of = {name: _add(db, house_key, name, made[name]) for name in names}
            for one, other in () if strangers else zip(names[::2], names[1::2], strict=False):
                for name, peer in ((one, other), (other, one)):
                    keep_contact(db, of[name], _contact(peer, of[peer]))

        await database.write(change)
    return made


def _contact(name: str, account_id: AccountId) -> Contact:
    both = Standing(sees=True, seen=True)
    return Contact(f"{name}@localhost", peer=account_id, standing=both, listed=True)


def _add(db: Connection, house_key: bytes, name: str, password: str) -> AccountId:
    now = datetime.now(UTC)
    of = accounts.add_account(db, name=name, password="", role=ServerRole.NONE, now=now)
    app_passwords.add(
        db,
        account_id=of.id,
        label="load",
        scopes=scopes_text(CHAT.scopes),
        scram="\n".join(write_keys(one) for one in scram_keys(house_key, name, password)),
        secret_hash=token_hash(password),
        now=now,
    )
    return of.id
