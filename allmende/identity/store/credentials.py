"""Whether what somebody came with is still good: asked again while a connection stays open."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from allmende.core.accounts import Caller
from allmende.identity.model.accounts import AccountState
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.proofs import app_passwords, certificates, sessions

_ACCOUNT = select(accounts.c.id).where(
    accounts.c.id == bindparam("account_id"), accounts.c.state == AccountState.ACTIVE
)
_SESSION = _ACCOUNT.join(sessions, sessions.c.account_id == accounts.c.id).where(
    sessions.c.id == bindparam("of"), sessions.c.ends_at > bindparam("now")
)
_APP_PASSWORD = _ACCOUNT.join(app_passwords, app_passwords.c.account_id == accounts.c.id).where(
    app_passwords.c.id == bindparam("of"), app_passwords.c.ends_at > bindparam("now")
)
_CERTIFICATE = _ACCOUNT.join(certificates, certificates.c.account_id == accounts.c.id).where(
    certificates.c.id == bindparam("of")
)


def still_good(db: Connection, who: Caller, now: datetime) -> bool:
    """Return whether the account is active and what ``who`` came with is there.

    Who came without an account has nothing that could end here. Indexes: primary keys.
    """
    if who.account_id is None:
        return True
    values: dict[str, object] = {"account_id": who.account_id, "now": now}
    if who.app_password_id is not None:
        question, values = _APP_PASSWORD, {**values, "of": who.app_password_id}
    elif who.certificate_id is not None:
        question = _CERTIFICATE
        values = {"account_id": who.account_id, "of": who.certificate_id}
    elif who.session_id is not None:
        question, values = _SESSION, {**values, "of": who.session_id}
    else:
        question, values = _ACCOUNT, {"account_id": who.account_id}
    return db.execute(question, values).first() is not None
