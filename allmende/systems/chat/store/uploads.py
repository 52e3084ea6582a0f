"""Files that people put here: a row each, the content is a blob."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Case,
    Column,
    Connection,
    Index,
    LargeBinary,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from allmende.core.ids import AccountId
from allmende.storage.blobs import BlobHash, release, use
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata
from allmende.systems.chat.model.uploads import UNNAMED_FOR, Named, Naming, Upload, links_in

ENDED_BY: Final = "chat-uploads"

uploads: Final = Table(
    "chat_upload",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Column("blob", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("named", Choice(Named), nullable=False),
    Column("uploaded_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("chat_upload_by_link", "link", unique=True),
    Index("chat_upload_by_account", "account_id", "uploaded_at"),
    Index("chat_upload_by_end", "ends_at"),
)
KEPT: Final = [
    Kept(
        uploads,
        days=None,
        column="ends_at",
        ended_by=ENDED_BY,
        why="files in messages, as long as the last message that names them",
        personal="account_id link blob kind size_bytes uploaded_at ends_at",
        plain="named",
    )
]

_COLUMNS: Final = (
    uploads.c.account_id,
    uploads.c.link,
    uploads.c.blob,
    uploads.c.kind,
    uploads.c.size_bytes,
    uploads.c.uploaded_at,
    uploads.c.ends_at,
)
_ADD: Final = insert(uploads)
_BY_LINK: Final = select(*_COLUMNS).where(uploads.c.link == bindparam("place"))
_SINCE: Final = select(
    func.count(), func.coalesce(func.sum(uploads.c.size_bytes), 0), func.min(uploads.c.uploaded_at)
).where(uploads.c.account_id == bindparam("account"), uploads.c.uploaded_at > bindparam("since"))
_OF_ACCOUNT: Final = (
    select(uploads.c.id, *_COLUMNS)
    .where(uploads.c.account_id == bindparam("account"))
    .order_by(uploads.c.uploaded_at, uploads.c.id)
    .limit(bindparam("most"))
)


def _longer() -> Case[datetime]:
    """The end of a file that a message names until then: of the longest such message."""
    until = bindparam("until", type_=UtcTime)
    return case(
        (uploads.c.named == Named.NO, until),
        (uploads.c.ends_at < until, until),
        else_=uploads.c.ends_at,
    )


_NAME: Final = (
    update(uploads)
    .where(uploads.c.link.in_(bindparam("places", expanding=True)))
    .values(named=Named.YES, ends_at=_longer())
)
_MAY_NAME: Final = (
    update(uploads)
    .where(
        uploads.c.account_id == bindparam("account"),
        uploads.c.uploaded_at > bindparam("since"),
        uploads.c.named != Named.YES,
    )
    .values(named=Named.MAYBE, ends_at=_longer())
)
_WITH_UNNAMED: Final = (
    select(uploads.c.account_id)
    .where(
        uploads.c.account_id.in_(bindparam("accounts", expanding=True)),
        uploads.c.uploaded_at > bindparam("since"),
        uploads.c.named != Named.YES,
    )
    .distinct()
)
_TAKE_BACK: Final = (
    update(uploads)
    .where(
        uploads.c.account_id == bindparam("account"),
        uploads.c.link.in_(bindparam("places", expanding=True)),
    )
    .values(ends_at=bindparam("now"))
)
_ENDED: Final = (
    select(uploads.c.id, uploads.c.blob)
    .where(uploads.c.ends_at <= bindparam("now"))
    .order_by(uploads.c.ends_at)
    .limit(bindparam("most"))
)
_DELETE: Final = delete(uploads).where(uploads.c.id.in_(bindparam("ids", expanding=True)))


def add_upload(db: Connection, upload: Upload) -> None:
    """Add a file whose content was put within the last 23 h."""
    use(db, BlobHash(upload.blob), upload.size_bytes)
    row = {
        "account_id": upload.account_id,
        "link": upload.link,
        "blob": upload.blob,
        "kind": upload.kind,
        "size_bytes": upload.size_bytes,
        "named": Named.NO,
        "uploaded_at": upload.uploaded_at,
        "ends_at": upload.ends_at,
    }
    db.execute(_ADD, row)


def find_upload(db: Connection, link: bytes) -> Upload | None:
    """Return the file at an address. Index: chat_upload_by_link."""
    row = db.execute(_BY_LINK, {"place": link}).one_or_none()
    return None if row is None else Upload(*row)


def put_since(
    db: Connection, account_id: AccountId, since: datetime
) -> tuple[int, int, datetime | None]:
    """Return how many files, how many bytes, and when the first of them came.

    Index: chat_upload_by_account.
    """
    count, size_bytes, first = db.execute(_SINCE, {"account": account_id, "since": since}).one()
    return int(count), int(size_bytes), first


def uploads_of(db: Connection, account_id: AccountId, *, most: int) -> Sequence[Upload]:
    """Return the files of an account, oldest first. Index: chat_upload_by_account."""
    rows = db.execute(_OF_ACCOUNT, {"account": account_id, "most": most})
    return [Upload(*row[1:]) for row in rows]


def name_files(db: Connection, namings: Sequence[Naming]) -> None:
    """Let files live as long as messages that were kept in this change.

    A message that nobody here can read may name what its author put here within a day before.
    Indexes: chat_upload_by_link, chat_upload_by_account.
    """
    for naming in namings:
        links = links_in(naming.content)
        if links:
            db.execute(_NAME, {"places": list(links), "until": naming.ends_at})
    hidden = [one for one in namings if one.encrypted and one.author is not None]
    if not hidden:
        return
    since = min(one.sent_at for one in hidden) - UNNAMED_FOR
    key = {"accounts": list({one.author for one in hidden}), "since": since}
    authors = set(db.execute(_WITH_UNNAMED, key).scalars())
    for one in hidden:
        if one.author in authors:
            before = one.sent_at - UNNAMED_FOR
            db.execute(_MAY_NAME, {"account": one.author, "since": before, "until": one.ends_at})


def take_back(
    db: Connection, account_id: AccountId, links: Collection[bytes], now: datetime
) -> None:
    """End files of an account that a message named which was taken back.

    Index: chat_upload_by_link.
    """
    if links:
        db.execute(_TAKE_BACK, {"account": account_id, "places": list(links), "now": now})


def drop_ended(db: Connection, now: datetime, *, most: int) -> int:
    """Delete up to ``most`` files that have ended; return how many. Index: chat_upload_by_end."""
    return _drop(db, db.execute(_ENDED, {"now": now, "most": most}).all(), now)


def forget_account(db: Connection, account_id: AccountId, now: datetime, *, most: int) -> int:
    """Delete up to ``most`` files of an account; return how many.

    Index: chat_upload_by_account.
    """
    rows = db.execute(_OF_ACCOUNT, {"account": account_id, "most": most}).all()
    return _drop(db, [(row.id, row.blob) for row in rows], now)


def _drop(db: Connection, rows: Sequence[tuple[int, str]], now: datetime) -> int:
    for _, blob in rows:
        release(db, BlobHash(blob), now)
    if rows:
        db.execute(_DELETE, {"ids": [row[0] for row in rows]})
    return len(rows)
