"""How many there are of what the people who run a server should look after. Never who."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from allmende.core.accounts import ServerRole
from allmende.core.groups import Role
from allmende.identity.model.accounts import AccountState, week
from allmende.identity.model.recovery import RunState
from allmende.identity.store.tables.accounts import accounts, requests, settings
from allmende.identity.store.tables.groups import memberships
from allmende.identity.store.tables.proofs import recovery_runs, sessions

_SEEN_WITHIN: Final = timedelta(days=7)
_WAITS: Final = timedelta(days=3)
_REGISTRATION: Final = "registration"
_WAITING: Final = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """``moderators_seen`` counts those who look after sign-ups, this week or the last.

    ``registration`` is the mode, empty where nobody has chosen one.
    """

    operators: int
    moderators_seen: int
    requests_waiting: int
    groups_with_one_admin: int
    recoveries_waiting: int
    registration: str


_OPERATORS: Final = (
    select(func.count())
    .select_from(accounts)
    .where(accounts.c.role == ServerRole.OPERATOR, accounts.c.state == AccountState.ACTIVE)
)
_SEEN: Final = (
    select(func.count(accounts.c.id.distinct()))
    .join(sessions, sessions.c.account_id == accounts.c.id)
    .where(
        accounts.c.role.in_([ServerRole.OPERATOR, ServerRole.MODERATOR]),
        accounts.c.state == AccountState.ACTIVE,
        sessions.c.seen >= bindparam("since"),
    )
)
_REQUESTS: Final = (
    select(func.count())
    .select_from(requests)
    .where(requests.c.state == _WAITING, requests.c.made_at < bindparam("before"))
)
_ADMINS: Final = (
    select(memberships.c.group_id)
    .where(memberships.c.role == Role.ADMIN)
    .group_by(memberships.c.group_id)
    .having(func.count() == 1)
    .subquery()
)
_LARGER: Final = (
    select(memberships.c.group_id)
    .group_by(memberships.c.group_id)
    .having(func.count() > 1)
    .subquery()
)
_ONE_ADMIN: Final = (
    select(func.count())
    .select_from(_ADMINS)
    .join(_LARGER, _LARGER.c.group_id == _ADMINS.c.group_id)
)
_RECOVERIES: Final = (
    select(func.count())
    .select_from(recovery_runs)
    .where(recovery_runs.c.state == RunState.WAITING, recovery_runs.c.ends_at > bindparam("now"))
)
_MODE: Final = (
    select(settings.c.value)
    .where(settings.c.name == _REGISTRATION)
    .order_by(settings.c.id.desc())
    .limit(1)
)


def people(db: Connection, now: datetime) -> People:
    """Count. Reads whole tables of a server's size: for a check, not for a page."""
    return People(
        operators=db.execute(_OPERATORS).scalar_one(),
        moderators_seen=db.execute(_SEEN, {"since": week(now - _SEEN_WITHIN)}).scalar_one(),
        requests_waiting=db.execute(_REQUESTS, {"before": now - _WAITS}).scalar_one(),
        groups_with_one_admin=db.execute(_ONE_ADMIN).scalar_one(),
        recoveries_waiting=db.execute(_RECOVERIES, {"now": now}).scalar_one(),
        registration=db.execute(_MODE).scalar_one_or_none() or "",
    )
