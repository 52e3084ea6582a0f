"""What a request may know of the site it was sent to, and who asks."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import HTTPConnection

from allmende.core.accounts import STRANGER, Caller
from allmende.core.ids import AccountId


@dataclass(frozen=True, slots=True)
class Site:
    """``secure``: people reach it by https. ``form_key``: 32 bytes that sign form tickets."""

    secure: bool
    form_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """What ``Sessions`` found out about a request; lives in ``request.state.visit``."""

    site: Site
    caller: Caller = STRANGER
    account_name: str | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    recovery_at: datetime | None = None
    """When somebody with the recovery kit of the account gets in; None: nobody uses it."""


def visit_of(request: HTTPConnection) -> Visit:
    """Return what is known of the request; outside ``Sessions`` that is a stranger on http."""
    visit = getattr(request.state, "visit", None)
    return visit if isinstance(visit, Visit) else Visit(Site(secure=False))


def caller_id(request: HTTPConnection) -> AccountId | None:
    """Return the account that asks, or None."""
    return visit_of(request).caller.account_id
