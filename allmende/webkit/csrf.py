"""Refuses requests that another site made a browser send.

Three layers. ``Sec-Fetch-Site`` says who caused a request (Fetch Metadata, section 2); where a
browser does not send it, ``Origin`` must be ours. Our ``Referrer-Policy: no-referrer`` makes
browsers send ``Origin: null`` with forms (Fetch, 3.2), so forms carry a ticket as well: the
HMAC of a random cookie, which another site can neither read nor set.
"""

import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from allmende.core.errors import NotAllowed
from allmende.webkit.sessions import FORM_COOKIE, cookie_name
from allmende.webkit.site import visit_of

TICKET_FIELD: Final = "ticket"
_MAX_COOKIE_CHARS: Final = 64


def require_same_site(request: Request) -> None:
    """Raise NotAllowed ``web.other-site`` if another site caused the request.

    A request with neither header comes from a program, not from a page in a browser.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    if fetch_site is not None:
        allowed = fetch_site == "same-origin"
    else:
        allowed = origin == "null" or _is_ours(request, origin)
    if not allowed:
        raise NotAllowed("web.other-site", detail="caused by another site")


def require_ticket(request: Request, ticket: str) -> None:
    """Raise NotAllowed ``web.form-too-old`` if the form was not made for this browser."""
    cookie = _form_cookie(request)
    expected = _ticket(request, cookie) if cookie else ""
    if not cookie or not hmac.compare_digest(expected.encode(), ticket.encode()):
        raise NotAllowed("web.form-too-old", detail="form ticket missing or wrong")


class FormTicket:
    """The ticket of the forms on one page; made when a template first asks for it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._cookie = _form_cookie(request)
        self.new_cookie: str | None = None
        """Set if the browser has to be given this cookie along with the page."""

    def __call__(self) -> str:
        """Return the value of the hidden field."""
        if self._cookie is None:
            self._cookie = self.new_cookie = secrets.token_urlsafe(24)
        return _ticket(self._request, self._cookie)


def _form_cookie(request: Request) -> str | None:
    visit = visit_of(request)
    value = visit.cookies.get(cookie_name(FORM_COOKIE, visit.site))
    return value if value and len(value) <= _MAX_COOKIE_CHARS else None


def _ticket(request: Request, cookie: str) -> str:
    key = visit_of(request).site.form_key
    return hmac.new(key, b"form ticket " + cookie.encode(), "sha256").hexdigest()


def _is_ours(request: Request, origin: str) -> bool:
    """Compare the host only: behind a proxy our own scheme may be another."""
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        return False
