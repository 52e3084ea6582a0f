"""What lies on the disk, read beside the running server: is it whole, and does it agree?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, text

from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import RequestState
from allmende.identity.store.tables import accounts as people
from allmende.identity.store.tables import groups as places
from allmende.identity.store.tables.proofs import recoveries
from allmende.storage.blobs import BlobHash, blob_path, blobs
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.outbox import events, newest_fact
from allmende.storage.postgres import postgres_engine
from allmende.storage.selfcheck import opened, require_readable, require_sound
from allmende.storage.vault import HouseKeys, is_encrypted, key_path, load_keys
from allmende.systems.chat.store.messages import messages
from allmende.systems.desk.store.tables import notices

INVITE_USES = 50
MEMBERSHIP = "identity.MembershipChanged"


_ACCOUNTS = select(people.accounts.c.name, people.accounts.c.id)
_KITS = select(recoveries.c.hash, recoveries.c.account_id)
_CONTENTS = select(blobs.c.hash).where(blobs.c.uses == 1)


@dataclass(frozen=True)
class Found:
    """What lay on the disk at one time."""

    accounts: Mapping[str, int]
    """Their numbers by name."""

    kits: Mapping[str, int]
    """Whose recovery kit it is, by the hash of its code."""

    contents: set[str]
    newest: int
    """The number of the newest fact."""


class Disk:
    """The data folder of a server; ``url`` is empty for SQLite."""

    def __init__(self, data: Path, url: str) -> None:
        self.data = data
        self.url = url
        self.keys: HouseKeys = load_keys(key_path(data), data=data)

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Yield one snapshot."""
        if not self.url:
            with opened(self.data / SQLITE_NAME, self.keys.database) as db:
                yield db
            return
        engine = postgres_engine(self.url)
        try:
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as db:
                yield db
        finally:
            engine.dispose()

    def require_sound(self, *, thorough: bool = False) -> None:
        """Look through all pages, references and tables. Raises Conflict."""
        if self.url:
            with self.opened() as db:
                require_readable(db)
            return
        assert is_encrypted(self.data / SQLITE_NAME)
        require_sound(self.data / SQLITE_NAME, self.keys.database, thorough=thorough)

    def read(self) -> Found:
        """Look whether everything is whole, and return what others compare with."""
        with self.opened() as db:
            require_whole(db)
            return Found(
                accounts={name: number for name, number in db.execute(_ACCOUNTS)},
                kits={code: number for code, number in db.execute(_KITS)},
                contents=set(db.execute(_CONTENTS).scalars()),
                newest=newest_fact(db),
            )

    def untold(self, after: int) -> list[str]:
        """Return what ``untold`` says now."""
        with self.opened() as db:
            return untold(db, after)

    def lost_contents(self, found: Found) -> list[str]:
        """Return contents that are used and whose file is not there."""
        folder, key = self.data / "blobs", self.keys.blobs
        return [n for n in found.contents if not blob_path(folder, BlobHash(n), key).exists()]


def require_whole(db: Connection) -> None:
    """No account, group or membership is half: all that is made in one change is there."""
    rosters, roles = replayed(db), roster(db)
    assert rosters == roles
    _require_whole_accounts(db)
    _require_whole_groups(db)


def roster(db: Connection) -> Mapping[tuple[int, int], str]:
    """Return the role of each member, by group and account."""
    of = places.memberships.c
    rows = db.execute(select(of.group_id, of.account_id, of.role))
    return {(group, account): str(role) for group, account, role in rows}


def replayed(db: Connection) -> Mapping[tuple[int, int], str]:
    """Return what the announcements say about who is in which group."""
    of = places.announcements.c
    found: dict[tuple[int, int], str] = {}
    for group, account, was, now in db.execute(
        select(of.group_id, of.account_id, of.was, of.now).order_by(of.id)
    ):
        assert found.get((group, account), "") == was, "a change was not announced"
        found[group, account] = now
    return {member: role for member, role in found.items() if role}


def _require_whole_accounts(db: Connection) -> None:
    accounts = db.execute(select(people.accounts.c.id, people.accounts.c.state)).all()
    numbers = {number for number, _ in accounts}
    origins = set(db.execute(select(people.origins.c.account_id)).scalars())
    made = {body["account_id"] for _, body in facts(db, "identity.AccountMade")}
    budgets = set(db.execute(select(people.invite_budgets.c.owner)).scalars())
    assert numbers == origins == made
    assert {f"young:{number}" for number in numbers} <= budgets
    asking = people.requests.c
    waiting = select(asking.account_id).where(asking.state == RequestState.WAITING)
    new = {number for number, state in accounts if state is AccountState.NEW}
    assert new == set(db.execute(waiting).scalars())


def _require_whole_groups(db: Connection) -> None:
    groups = set(db.execute(select(places.groups.c.id)).scalars())
    roomy = set(db.execute(select(places.rooms.c.group_id)).scalars()) - {None}
    administered = {group for (group, _), role in roster(db).items() if role == "admin"}
    assert groups == roomy == administered
    of, told = people.invites.c, places.announcements.c
    invited = select(of.group_id).where(of.group_id.is_not(None)).distinct()
    for group in db.execute(invited).scalars():
        left = db.execute(select(of.uses_left).where(of.group_id == group)).scalars().all()
        came = select(func.count()).where(told.group_id == group, told.was == "")
        # The first who came has made the group; each other has used an invite once.
        uses, came_in = sum(INVITE_USES - n for n in left), db.execute(came).scalar_one()
        assert came_in - 1 == uses, (group, left, came_in)


def facts(db: Connection, name: str, after: int = 0) -> list[tuple[int, Mapping[str, Any]]]:
    """Return number and body of the facts of a kind."""
    found = select(events.c.id, events.c.body).where(events.c.name == name, events.c.id > after)
    rows = db.execute(found.order_by(events.c.id))
    return [(number, msgspec.json.decode(body)) for number, body in rows]


def untold(db: Connection, after: int) -> list[str]:
    """Return changes of membership since ``after`` that the chat or the person was not told of."""
    changes = [one for one in facts(db, MEMBERSHIP, after) if _group_is_there(db, one[1])]
    keys = Counter(
        db.execute(select(messages.c.client_key).where(messages.c.kind != "")).scalars().all()
    )
    told = set(db.execute(select(notices.c.once)).scalars())
    assert [key for key, times in keys.items() if times > 1] == [], "announced twice"
    missing = [f"chat {number}" for number, _ in changes if f"fact {number}" not in keys]
    by_others = [number for number, body in changes if body["by_account_id"] != body["account_id"]]
    return missing + [f"notice {n}" for n in by_others if f"membership {n}" not in told]


def _group_is_there(db: Connection, body: Mapping[str, Any]) -> bool:
    group = text("SELECT 1 FROM identity_group WHERE id = :id")
    return db.execute(group, {"id": body["group_id"]}).first() is not None
