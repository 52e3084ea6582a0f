"""The tables of what is to be handed out on the command line, and who agreed to it."""

from sqlalchemy import BigInteger, Column, Index, Table

from allmende.identity.model.handouts import HANDOUT_LIFETIME
from allmende.storage.retention import Kept
from allmende.storage.types import RowId, UtcTime, metadata, of

handouts = Table(
    "identity_handout",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), unique=True),
    Column("group_id", BigInteger, of("identity_group"), unique=True),
    Column("pad_id", BigInteger, unique=True),
    Column("ends_at", UtcTime, nullable=False),
    Index("identity_handout_by_end", "ends_at"),
)

consents = Table(
    "identity_handout_consent",
    metadata,
    Column("handout_id", BigInteger, of("identity_handout"), primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Index("identity_handout_consent_by_account", "account_id"),
)

KEPT = [
    Kept(
        handouts,
        days=0,
        why="until two operators agree and it is handed out, 14 days at most",
        at_most=HANDOUT_LIFETIME.days,
        personal="account_id ends_at",
    ),
    Kept(
        consents,
        days=None,
        why="as long as what they agreed to waits",
        personal="account_id",
    ),
]
