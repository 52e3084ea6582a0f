"""Coming without an invite, where that is possible: open registration, and requests."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import Conflict
from allmende.identity.model.registration import CLOSED, MAX_REQUEST_CHARS, VOUCHES_NEEDED, Mode
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.account import NoFields
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.systems.desk.web.newcomers import NewcomerForm, Newcomers
from allmende.webkit.forms import Refusal
from allmende.webkit.http import account_of, caller_of, read_form


class SignUpForm(NewcomerForm, forbid_unknown_fields=True):
    """In open registration; ``proof`` is what a device has computed."""

    proof: str = ""


class RequestForm(NewcomerForm, forbid_unknown_fields=True):
    """Somebody asks to be let in; ``body`` is what they say."""

    body: str = ""


def signup_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of coming without an invite."""
    pages, waiting = SignUpPages(identity, kit), RequestPages(identity, kit)
    return [
        Route("/signup", pages.shown, methods=["GET"]),
        Route("/signup", pages.sign_up, methods=["POST"]),
        Route("/requests", pages.request_shown, methods=["GET"]),
        Route("/requests", pages.ask, methods=["POST"]),
        Route("/requests/{token}", waiting.shown, methods=["GET"]),
        Route("/requests/{token}/withdraw", waiting.withdraw, methods=["POST"]),
        Route("/vouch/{token}", waiting.vouch_shown, methods=["GET"]),
        Route("/vouch/{token}", waiting.vouch, methods=["POST"]),
    ]


class SignUpPages(Newcomers):
    """What is shown depends on the mode, which may change while somebody types."""

    async def shown(self, request: Request) -> Response:
        """Show the way there is: an invite, a request, or the form."""
        registration = await self._identity.registration()
        if registration.mode is Mode.INVITE:
            return self._kit.page(request, "invites-only", {})
        if registration.mode is Mode.REQUEST:
            return self._request_form(request, why=registration.why)
        return self._kit.page(request, "signup", self._values(request, None, None))

    async def sign_up(self, request: Request) -> Response:
        """Make an account, if registration is open."""
        form = await read_form(request, SignUpForm)

        async def work() -> Response:
            await self._identity.require_mode(Mode.OPEN)
            self._kit.proof.require(form.proof)
            passkey = await self.passkey(form)
            session = await self._identity.sign_up(form.name, form.password, passkey)
            return await self.welcome(request, session, "/")

        async def unless_closed() -> Response:
            try:
                return await work()
            except Conflict as refused:
                if refused.message_id != CLOSED:
                    raise
                t = self._kit.pages.translator(request)
                typed = RequestForm(form.name, form.password, form.proposal)
                return self._request_form(request, typed, Refusal("", t(CLOSED)), 409)

        def again(refusal: Refusal, status: int) -> Response:
            values = self._values(request, form, refusal)
            return self._kit.page(request, "signup", values, status)

        return await self._kit.or_again(request, unless_closed, again)

    async def request_shown(self, request: Request) -> Response:
        """Show the form of a request; also the way without scripts."""
        registration = await self._identity.registration()
        if registration.mode is Mode.INVITE:
            return self._kit.page(request, "invites-only", {})
        return self._request_form(request, why=registration.why)

    async def ask(self, request: Request) -> Response:
        """Ask to be let in, and go to the private page with the answer."""
        form = await read_form(request, RequestForm)

        async def work() -> Response:
            self._kit.asks.take(self._kit.addresses.key_of(request))
            passkey = await self.passkey(form)
            asked = self._identity.ask_for_account(form.name, form.password, form.body, passkey)
            return to(f"/requests/{await asked}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._request_form(request, form, refusal, status)

        return await self._kit.or_again(request, work, again)

    def _request_form(
        self,
        request: Request,
        form: RequestForm | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
        why: str = "",
    ) -> Response:
        values = {
            **self._values(request, form, refusal),
            "body": "" if form is None else form.body,
            "most_chars": MAX_REQUEST_CHARS,
            "why": why,
        }
        return self._kit.page(request, "request", values, status)

    def _values(
        self, request: Request, form: NewcomerForm | None, refusal: Refusal | None
    ) -> Mapping[str, object]:
        return {**self.values(request, form), "refusal": refusal}


class RequestPages:
    """Somebody waits; somebody vouches."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the answer, or that there is none yet."""
        token = request.path_params["token"]
        found = await self._kit.found(request, self._identity.request(token))
        values = {
            "found": found,
            "address": self._kit.address(f"/requests/{token}"),
            "path": f"/requests/{token}",
            "vouch_address": self._kit.address(f"/vouch/{found.vouch_token}"),
            "needed": VOUCHES_NEEDED,
        }
        return self._kit.page(request, "requested", values)

    async def withdraw(self, request: Request) -> Response:
        """Take the request back."""
        await read_form(request, NoFields)
        token = request.path_params["token"]
        await self._kit.found(request, self._identity.withdraw(token))
        return to(f"/requests/{token}")

    async def vouch_shown(self, request: Request) -> Response:
        """Show a member who asks."""
        account_of(request)
        return await self._vouch_page(request)

    async def vouch(self, request: Request) -> Response:
        """Vouch for them."""
        await read_form(request, NoFields)
        account_of(request)
        token = request.path_params["token"]
        asked = self._identity.vouch(caller_of(request), token)
        if await self._kit.found(request, asked):
            return self._kit.page(request, "vouched", {})
        return to(f"/vouch/{token}")

    async def _vouch_page(self, request: Request) -> Response:
        token = request.path_params["token"]
        asked = self._identity.vouch_shown(caller_of(request), token)
        found = await self._kit.found(request, asked)
        values = {"found": found, "needed": VOUCHES_NEEDED, "path": f"/vouch/{token}"}
        return self._kit.page(request, "vouch", values)
