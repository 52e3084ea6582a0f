"""Rows of devices that want to be rung, and of what a push service has not taken yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from allmende.core.ids import AccountId, NoticeId, SessionId
from allmende.systems.desk.model.notices import DuePush, StoredPush
from allmende.systems.desk.store.tables import notices, push_jobs, pushes

_p, _j, _n = pushes.c, push_jobs.c, notices.c


_COLUMNS: Final = (
    _p.session_id,
    _p.account_id,
    _p.endpoint,
    _p.key,
    _p.auth,
    _p.shows_text,
    _p.language,
)
_OF_SESSION: Final = select(*_COLUMNS).where(_p.session_id == bindparam("session"))
_IDS: Final = select(_p.id).where(_p.account_id == bindparam("account"))
_DROP: Final = delete(pushes).where(_p.session_id == bindparam("session"))
_DROP_ONE: Final = delete(pushes).where(_p.id == bindparam("push"))
_ADD: Final = insert(pushes)
_ADD_JOB: Final = insert(push_jobs)
_DUE: Final = (
    select(_j.id, _j.push_id, _j.tries, *_COLUMNS, _n.message_id, _n.body, _n.link)
    .join_from(push_jobs, pushes, _j.push_id == _p.id)
    .join(notices, _j.notice_id == _n.id)
    .where(_j.due_at <= bindparam("now"))
    .order_by(_j.due_at, _j.id)
    .limit(bindparam("most"))
)
_NEXT: Final = select(_j.due_at).order_by(_j.due_at).limit(1)
_DONE: Final = delete(push_jobs).where(_j.id == bindparam("job"))
_LATER: Final = (
    update(push_jobs)
    .where(_j.id == bindparam("job"))
    .values(tries=_j.tries + 1, due_at=bindparam("due"))
)


def push_of(db: Connection, session_id: SessionId) -> StoredPush | None:
    """Return where the device of a session is rung. Index: unique session."""
    row = db.execute(_OF_SESSION, {"session": session_id}).one_or_none()
    return None if row is None else StoredPush(*row)


def set_push(db: Connection, push: StoredPush) -> None:
    """Ring the device of a session; what was known of it before is replaced."""
    drop_push(db, push.session_id)
    row = {
        "session_id": push.session_id,
        "account_id": push.account_id,
        "endpoint": push.endpoint,
        "key": push.key,
        "auth": push.auth,
        "shows_text": push.shows_text,
        "language": push.language,
    }
    db.execute(_ADD, row)


def drop_push(db: Connection, session_id: SessionId) -> None:
    """Ring the device of a session no more."""
    db.execute(_DROP, {"session": session_id})


def drop_device(db: Connection, push_id: int) -> None:
    """Forget a device that its push service does not know any more."""
    db.execute(_DROP_ONE, {"push": push_id})


def add_jobs(db: Connection, account_id: AccountId, notice_id: NoticeId, due_at: datetime) -> int:
    """Ring all devices of an account for a notice; return how many. Index: desk_push_by_account."""
    rows = [
        {"push_id": row[0], "notice_id": notice_id, "tries": 0, "due_at": due_at}
        for row in db.execute(_IDS, {"account": account_id})
    ]
    if rows:
        db.execute(_ADD_JOB, rows)
    return len(rows)


def due_pushes(db: Connection, now: datetime, most: int) -> Sequence[DuePush]:
    """Return what is to be sent now, oldest first. Index: desk_push_job_by_due."""
    rows = db.execute(_DUE, {"now": now, "most": most})
    return [DuePush(r[0], r[1], r[2], StoredPush(*r[3:10]), r[10], r[11], r[12]) for r in rows]


def next_due(db: Connection) -> datetime | None:
    """Return when the next push is to be sent. Index: desk_push_job_by_due."""
    return db.execute(_NEXT).scalar_one_or_none()


def finish_job(db: Connection, job_id: int) -> None:
    """The push was taken, or is given up."""
    db.execute(_DONE, {"job": job_id})


def put_off(db: Connection, job_id: int, due_at: datetime) -> None:
    """Try the push again at ``due_at``."""
    db.execute(_LATER, {"job": job_id, "due": due_at})
