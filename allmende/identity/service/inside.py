"""What systems ask about the group of a room, on the connection of their own change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId, GroupId
from allmende.core.rooms import Room
from allmende.identity.model.groups import effective_h
from allmende.identity.store import accounts, groups, rooms


@dataclass(frozen=True, slots=True)
class Announced:
    """Where a change of membership is announced, and whom it is about (empty: gone)."""

    room: Room
    account_id: AccountId | None
    name: str


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whether a reader is in the group, and since when they read; None: from the beginning."""

    member: bool
    reads_from: datetime | None


FOREIGN: Final = Eyes(False, None)


def kept_hours(db: Connection, room: Room, usual_h: int, longest_h: int) -> int:
    """Return for how many hours messages of a room are kept. One statement at most."""
    rules = None if room.group_id is None else groups.find_rules(db, room.group_id)
    return effective_h(rules, usual_h, longest_h)


def eyes_of(db: Connection, who: Caller, room: Room | None) -> Eyes:
    """Return how somebody reads what is written in a room. One statement at most.

    Guests read what there is: their link was given for that.
    """
    if room is None or room.group_id is None or who.account_id is None:
        return FOREIGN
    found = groups.find_membership(db, room.group_id, who.account_id)
    return FOREIGN if found is None else Eyes(True, found.reads_from)


def announced(db: Connection, group_id: GroupId, account_id: AccountId | None) -> Announced | None:
    """Return where to announce something about an account; None for open or lost groups."""
    rules, room = groups.find_rules(db, group_id), rooms.main_room(db, group_id)
    if rules is None or not rules.closed or room is None:
        return None
    account = None if account_id is None else accounts.find_account(db, account_id)
    if account is None or account.name.startswith("-"):
        return Announced(room, None, "")
    member = groups.find_membership(db, group_id, account.id)
    display = "" if member is None else member.display
    return Announced(room, account.id, display or account.name)
