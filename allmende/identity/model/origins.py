"""Where accounts came from: known for 30 days, so that a wave can be stopped as one."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from allmende.core.ids import MAX_ID, AccountId

ORIGIN_TIME: Final = timedelta(days=30)
WAVE_GAP: Final = timedelta(minutes=10)
"""Who comes so soon after another came in the same wave."""
WAVE_LENGTH: Final = timedelta(hours=12)

SERVER: Final = "server"
"""Invited by those who run the server."""
WEB: Final = "web:"
_ACCOUNT: Final = "account:"
_FORM: Final = "%Y-%m-%dT%H:%M"


class OriginKind(StrEnum):
    """By an invite of somebody, by the form on the web, or from those who run the server."""

    SERVER = "server"
    ACCOUNT = "account"
    WEB = "web"


def invited_by(account_id: AccountId | None) -> str:
    """Return the origin of those whom an account invited; None: the server."""
    return SERVER if account_id is None else f"{_ACCOUNT}{account_id}"


def new_wave(now: datetime) -> str:
    """Return the origin of those who come over the web from now on."""
    return f"{WEB}{now.astimezone(UTC).strftime(_FORM)}"


def wave_began(origin: str) -> datetime | None:
    """Return when a wave began; None for what is no wave."""
    if not origin.startswith(WEB):
        return None
    try:
        return datetime.strptime(origin.removeprefix(WEB), _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None


def wave_of(last: tuple[str, datetime] | None, now: datetime) -> str:
    """Return the wave that somebody belongs to who comes now.

    ``last`` is the origin of the last who came over the web, and when that was.
    """
    if last is not None:
        origin, came_at = last
        began = wave_began(origin)
        if began is not None and now - came_at <= WAVE_GAP and now - began <= WAVE_LENGTH:
            return origin
    return new_wave(now)


def inviter(origin: str) -> AccountId | None:
    """Return who invited the accounts of this origin, if it was somebody."""
    number = origin.removeprefix(_ACCOUNT)
    if number == origin or not number.isdecimal() or not number.isascii() or len(number) > 19:
        return None
    return AccountId(int(number)) if int(number) <= MAX_ID else None


def kind_of(origin: str) -> OriginKind | None:
    """Return what kind of origin this is, None if it is none."""
    if origin == SERVER:
        return OriginKind.SERVER
    if wave_began(origin) is not None:
        return OriginKind.WEB
    return None if inviter(origin) is None else OriginKind.ACCOUNT
