"""Secrets of the house: made at first use, kept in the database, never shown."""

import secrets
from typing import Final

from sqlalchemy import Column, Connection, LargeBinary, Table, bindparam, select, text

from allmende.storage.retention import Kept
from allmende.storage.types import Text, metadata

SECRET_BYTES: Final = 32

house_secrets: Final = Table(
    "house_secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
KEPT: Final = [
    Kept(house_secrets, days=None, why="keys of this server; not personal", plain="name value")
]

_VALUE: Final = select(house_secrets.c.value).where(house_secrets.c.name == bindparam("name"))
_ADD: Final = text(
    "INSERT INTO house_secret (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"
)


def secret(db: Connection, name: str) -> bytes:
    """Return the 32 random bytes named ``name``; make them first if they are not there.

    A change, since it may write. Index: primary key.
    """
    known: bytes | None = db.execute(_VALUE, {"name": name}).scalar_one_or_none()
    if known is None:
        db.execute(_ADD, {"name": name, "value": secrets.token_bytes(SECRET_BYTES)})
        known = bytes(db.execute(_VALUE, {"name": name}).scalar_one())
    return known
