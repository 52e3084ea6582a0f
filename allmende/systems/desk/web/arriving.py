"""What every way in ends with: cookies, and the page to go to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from allmende.identity.model.accounts import SESSION_LIFETIME
from allmende.identity.model.answers import SecondStep, SignedIn
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.sessions import cookie_name, set_cookie, set_session_cookie
from allmende.webkit.site import visit_of

DEVICE_COOKIE: Final = "allmende-device"
SECOND_STEP_PAGE: Final = "/me/second-step"
_LIFETIME_S: Final = int(SESSION_LIFETIME.total_seconds())
_DEVICE_LIFETIME_S: Final = 365 * 24 * 3600
_TOO_MANY: Final = 429


def device_of(request: Request) -> str | None:
    """Return the cookie by which this browser may be known from earlier."""
    visit = visit_of(request)
    return visit.cookies.get(cookie_name(DEVICE_COOKIE, visit.site))


def arrive(response: Response, request: Request, session: SignedIn) -> None:
    """Put a new session into the cookies of an answer."""
    set_session_cookie(response, request, session.token, None if session.brief else _LIFETIME_S)
    if session.device:
        set_cookie(response, request, DEVICE_COOKIE, session.device, _DEVICE_LIFETIME_S)


def as_arrived(request: Request, session: SignedIn) -> None:
    """Let the page that is about to be made know who has just signed in."""
    visit = visit_of(request)
    request.state.visit = replace(
        visit, caller=session.caller, account_name=session.account.name, recovery_at=None
    )


def signed_in(request: Request, session: SignedIn, path: str) -> Response:
    """Go to ``path`` with the new session in a cookie.

    Whoever decides about others is led to the second step first, if there is none.
    """
    first = f"{SECOND_STEP_PAGE}?page={quote(path)}"
    response = to(first if session.lacks_second_step else path)
    arrive(response, request, session)
    return response


class Arrivals:
    """The way between the form and the session."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    def worked(self, proof: str) -> bool:
        """Return whether the form came with proof of work. Raises InvalidInput for a wrong one."""
        if proof:
            self._kit.proof.require(proof)
        return bool(proof)

    def next(self, request: Request, begun: SignedIn | SecondStep, path: str) -> Response:
        """Go on: signed in, or to the second step."""
        if isinstance(begun, SignedIn):
            return signed_in(request, begun, path)
        offered = {"code": begun.code, "passkey": begun.passkey}
        kinds = [kind for kind, is_there in offered.items() if is_there]
        return self.step_page(request, begun.token, kinds, path)

    def step_page(
        self,
        request: Request,
        step: str,
        kinds: Sequence[str],
        page: str,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page of the second step, with the ``kinds`` of it that there are."""
        values = {
            "step": step,
            "kinds": kinds,
            "page": page,
            "refusal": refusal,
            "slow": status == _TOO_MANY,
            "passkeys": self._identity.has_passkeys,
        }
        return self._kit.page(request, "second-step-asked", values, status)
