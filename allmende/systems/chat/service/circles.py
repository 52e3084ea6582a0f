"""Circles: whom an account knows, read whole. Members of small closed groups know each other."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.answers import Member
from allmende.identity.store import accounts, groups
from allmende.systems.chat.model.contacts import (
    MAX_FELLOWS,
    Circle,
    Contact,
    as_fellow,
)
from allmende.systems.chat.store import contacts as store

_VERSION_BYTES: Final = 12


@dataclass(slots=True)
class Fellow:
    """A member of closed groups of an account, and which ones."""

    member: Member
    labels: list[str] = field(default_factory=list)


def circle_of(db: Connection, account_id: AccountId, domain: str) -> Circle:
    """Return whom an account of ``domain`` knows and whom it blocks, by address.

    Index: primary keys; those of memberships.
    """
    found = {one.address: one for one in store.contacts_of(db, account_id)}
    for fellow in _fellows(db, account_id):
        address = f"{fellow.member.name}@{domain}"
        kept = found.get(address) or Contact(address, peer=fellow.member.account_id)
        name = fellow.member.display or fellow.member.name
        found[address] = as_fellow(kept, name, fellow.labels)
    contacts = dict(sorted(found.items()))
    return Circle(contacts, frozenset(store.blocked_by(db, account_id)), _version(contacts))


def are_fellows(db: Connection, one: AccountId, other: AccountId) -> bool:
    """Return whether two see each other as members of a closed group."""
    return any(
        groups.find_role(db, group_id, other) not in (None, Role.GUEST)
        and len(_members(db, group_id)) <= MAX_FELLOWS
        for group_id, _ in _closed_groups(db, one)
    )


def share_group(db: Connection, one: AccountId, other: AccountId) -> bool:
    """Return whether two are in any group together: then they are no strangers."""
    return any(
        groups.find_role(db, membership.group.id, other) is not None
        for membership in groups.groups_of(db, one)
    )


def account_at(db: Connection, address: str, domain: str) -> AccountId | None:
    """Return the account of this server that has an address. Index: unique name."""
    name, _, where = address.rpartition("@")
    if where != domain or not name:
        return None
    found = accounts.find_account_by_name(db, name)
    if found is None or found.state in (AccountState.NEW, AccountState.GONE):
        return None
    return found.id


def _fellows(db: Connection, account_id: AccountId) -> Iterator[Fellow]:
    found: dict[AccountId, Fellow] = {}
    for group_id, name in _closed_groups(db, account_id):
        members = _members(db, group_id)
        if len(members) > MAX_FELLOWS:
            continue
        for member in members:
            if member.account_id != account_id:
                fellow = found.setdefault(member.account_id, Fellow(member))
                fellow.labels.append(name)
    return iter(found.values())


def _closed_groups(db: Connection, account_id: AccountId) -> Iterator[tuple[GroupId, str]]:
    """Yield groups in which every change of membership is announced: who is in them is no secret
    from those who are in them.
    """
    for membership in groups.groups_of(db, account_id):
        rules = groups.find_rules(db, membership.group.id)
        if rules is not None and rules.closed and membership.role is not Role.GUEST:
            yield membership.group.id, membership.group.name


def _members(db: Connection, group_id: GroupId) -> list[Member]:
    return [one for one in groups.members(db, group_id) if one.role is not Role.GUEST]


def _version(contacts: Mapping[str, Contact]) -> str:
    """Return a name for what is shown: the same list has the same one, on every server."""
    digest = hashlib.sha256()
    for one in contacts.values():
        if one.is_shown:
            stands = one.standing
            shown = (one.address, one.name, one.labels, stands.sees, stands.seen, stands.asks)
            digest.update(repr((*shown, stands.approved)).encode())
    return b64encode(digest.digest()[:_VERSION_BYTES]).decode()
