"""Rows of inboxes: what was told, what a person wants to hear, and when it is quiet."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from allmende.core.ids import AccountId, GroupId, NoticeId
from allmende.systems.desk.model.notices import Level, Notice, QuietHours
from allmende.systems.desk.store.tables import notice_rules, notices, quiet_hours

_n = notices.c
_ADD: Final = text(
    "INSERT INTO desk_notice (account_id, message_id, body, link, once, is_read, at) "
    "VALUES (:account, :message_id, :body, :link, :once, :is_read, :at) "
    "ON CONFLICT (account_id, once) DO NOTHING RETURNING id"
).bindparams(bindparam("is_read", type_=_n.is_read.type), bindparam("at", type_=_n.at.type))
_INBOX: Final = (
    select(_n.id, _n.message_id, _n.body, _n.link, _n.is_read, _n.at)
    .where(_n.account_id == bindparam("account"))
    .order_by(_n.id.desc())
    .limit(bindparam("most"))
)
_ONE: Final = select(_n.id, _n.message_id, _n.body, _n.link, _n.is_read, _n.at).where(
    _n.account_id == bindparam("account"), _n.id == bindparam("notice")
)
_UNREAD: Final = select(func.count()).where(
    _n.account_id == bindparam("account"), _n.is_read.is_(False)
)
_READ: Final = (
    update(notices)
    .where(
        _n.account_id == bindparam("account"),
        _n.id <= bindparam("up_to"),
        _n.is_read.is_(False),
    )
    .values(is_read=True)
)
_READ_ONE: Final = (
    update(notices)
    .where(_n.account_id == bindparam("account"), _n.id == bindparam("notice"))
    .values(is_read=True)
)
_KEPT_IDS: Final = (
    select(_n.id)
    .where(_n.account_id == bindparam("account"))
    .order_by(_n.id.desc())
    .limit(bindparam("most"))
)
_FORGET: Final = delete(notices).where(
    _n.account_id == bindparam("account"), _n.id.not_in(_KEPT_IDS)
)

_r = notice_rules.c
_LEVELS: Final = select(_r.group_id, _r.level).where(_r.account_id == bindparam("account"))
_LEVEL: Final = select(_r.level).where(
    _r.account_id == bindparam("account"), _r.group_id == bindparam("group")
)
_DROP_LEVEL: Final = delete(notice_rules).where(
    _r.account_id == bindparam("account"), _r.group_id == bindparam("group")
)
_ADD_LEVEL: Final = insert(notice_rules)

_q = quiet_hours.c
_QUIET: Final = select(_q.begins_min, _q.ends_min, _q.time_zone).where(
    _q.account_id == bindparam("account")
)
_DROP_QUIET: Final = delete(quiet_hours).where(_q.account_id == bindparam("account"))
_ADD_QUIET: Final = insert(quiet_hours)


def add_notice(
    db: Connection, account_id: AccountId, notice: Notice, *, once: str, most: int
) -> NoticeId | None:
    """Add ``notice`` (its number does not count), or None if ``once`` was told before.

    Of an inbox the newest ``most`` stay. Index: desk_notice_by_once, desk_notice_by_account.
    """
    row = {
        "account": account_id,
        "message_id": notice.message_id,
        "body": json.dumps(dict(notice.values), ensure_ascii=False, sort_keys=True),
        "link": notice.link,
        "once": once,
        "is_read": notice.is_read,
        "at": notice.at,
    }
    added = db.execute(_ADD, row).scalar_one_or_none()
    if added is None:
        return None
    db.execute(_FORGET, {"account": account_id, "most": most})
    return NoticeId(added)


def inbox(db: Connection, account_id: AccountId, most: int) -> Sequence[Notice]:
    """Return the newest notices, newest first. Index: desk_notice_by_account."""
    return [_notice(*row) for row in db.execute(_INBOX, {"account": account_id, "most": most})]


def find_notice(db: Connection, account_id: AccountId, notice_id: NoticeId) -> Notice | None:
    """Return one notice of the account. Index: primary key."""
    row = db.execute(_ONE, {"account": account_id, "notice": notice_id}).one_or_none()
    return None if row is None else _notice(*row)


def unread(db: Connection, account_id: AccountId) -> int:
    """Return how many notices were not read. Index: desk_notice_by_account."""
    return int(db.execute(_UNREAD, {"account": account_id}).scalar_one())


def mark_read(db: Connection, account_id: AccountId, up_to: NoticeId) -> int:
    """Mark everything up to ``up_to`` as read; return how many were new."""
    return db.execute(_READ, {"account": account_id, "up_to": up_to}).rowcount


def mark_one_read(db: Connection, account_id: AccountId, notice_id: NoticeId) -> None:
    """Mark one notice as read."""
    db.execute(_READ_ONE, {"account": account_id, "notice": notice_id})


def levels(db: Connection, account_id: AccountId) -> Mapping[GroupId, Level]:
    """Return what the account chose by group. Index: primary key."""
    return {GroupId(row[0]): Level(row[1]) for row in db.execute(_LEVELS, {"account": account_id})}


def level_of(db: Connection, account_id: AccountId, group_id: GroupId) -> Level:
    """Return how much the account wants to hear of a group. Index: primary key."""
    found = db.execute(_LEVEL, {"account": account_id, "group": group_id}).scalar_one_or_none()
    return Level.ALL if found is None else Level(found)


def set_level(db: Connection, account_id: AccountId, group_id: GroupId, level: Level) -> None:
    """Keep what the account wants to hear of a group; everything is the usual and not kept."""
    db.execute(_DROP_LEVEL, {"account": account_id, "group": group_id})
    if level is not Level.ALL:
        row = {"account_id": account_id, "group_id": group_id, "level": level}
        db.execute(_ADD_LEVEL, row)


def quiet_of(db: Connection, account_id: AccountId) -> QuietHours | None:
    """Return when it is quiet for the account. Index: primary key."""
    row = db.execute(_QUIET, {"account": account_id}).one_or_none()
    return None if row is None else QuietHours(*row)


def set_quiet(db: Connection, account_id: AccountId, quiet: QuietHours | None) -> None:
    """Keep other quiet hours, or none."""
    db.execute(_DROP_QUIET, {"account": account_id})
    if quiet is not None:
        row = {
            "account_id": account_id,
            "begins_min": quiet.begins_min,
            "ends_min": quiet.ends_min,
            "time_zone": quiet.time_zone,
        }
        db.execute(_ADD_QUIET, row)


def _notice(
    number: int, message_id: str, body: str, link: str, is_read: bool, at: datetime
) -> Notice:
    return Notice(NoticeId(number), message_id, json.loads(body), link, is_read, at)
