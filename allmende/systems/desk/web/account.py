"""Signing in and out, the second step, and the link of ``allmende account recover``."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Account
from allmende.identity.model.passwords import MIN_CHARS
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.arriving import Arrivals, device_of, signed_in
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form
from allmende.webkit.language import own_path
from allmende.webkit.sessions import clear_session_cookie

__all__ = ["account_routes", "signed_in"]

_TOO_MANY: Final = 429


class SignInForm(msgspec.Struct, forbid_unknown_fields=True):
    """``brief`` is ticked on a computer that is not one's own; ``page``: where to go then."""

    name: str = ""
    password: str = ""
    brief: str = ""
    page: str = "/"
    proof: str = ""


class PasskeyForm(msgspec.Struct, forbid_unknown_fields=True):
    """What ``<allmende-passkey>`` fills in."""

    passkey: str = ""
    passkey_ticket: str = ""
    brief: str = ""
    page: str = "/"


class StepForm(msgspec.Struct, forbid_unknown_fields=True):
    """The second step: a code, or a passkey; ``kinds``: which of them the page offered."""

    step: str = ""
    code: str = ""
    passkey: str = ""
    passkey_ticket: str = ""
    page: str = "/"
    proof: str = ""
    kinds: str = ""


class PasswordForm(msgspec.Struct, forbid_unknown_fields=True):
    """Choose a password by a link of the operator."""

    password: str = ""


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def account_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of signing in and out."""
    pages = SignInPages(identity, kit)
    return [
        Route("/signin", pages.shown, methods=["GET"]),
        Route("/signin", pages.sign_in, methods=["POST"]),
        Route("/signin/passkey", pages.begin, methods=["GET"]),
        Route("/signin/passkey", pages.by_passkey, methods=["POST"]),
        Route("/signin/step", pages.begin, methods=["GET"]),
        Route("/signin/step", pages.second_step, methods=["POST"]),
        Route("/signin/{token}", pages.reset_shown, methods=["GET"]),
        Route("/signin/{token}", pages.reset, methods=["POST"]),
        Route("/signout", pages.sign_out, methods=["POST"]),
    ]


class SignInPages:
    """Pages for those who are not signed in."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit
        self._arrivals = Arrivals(identity, kit)

    async def shown(self, request: Request) -> Response:
        """Show the form."""
        return self._form(request, SignInForm(page=request.query_params.get("page", "/")))

    async def begin(self, request: Request) -> Response:
        """Somebody loads the address of a form again."""
        return to("/signin")

    async def sign_in(self, request: Request) -> Response:
        """Begin a session, or ask for the second step."""
        form = await read_form(request, SignInForm)

        async def work() -> Response:
            begun = await self._identity.sign_in(
                form.name,
                form.password,
                brief=bool(form.brief),
                caller_key=self._kit.addresses.key_of(request),
                device=device_of(request),
                worked=self._arrivals.worked(form.proof),
            )
            return self._arrivals.next(request, begun, own_path(form.page))

        def again(refusal: Refusal, status: int) -> Response:
            return self._form(request, form, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def by_passkey(self, request: Request) -> Response:
        """Begin a session by a passkey; nobody has typed a name."""
        form = await read_form(request, PasskeyForm)

        async def work() -> Response:
            begun = await self._identity.sign_in_by_passkey(
                form.passkey_ticket,
                form.passkey,
                brief=bool(form.brief),
                device=device_of(request),
            )
            return self._arrivals.next(request, begun, own_path(form.page))

        def again(refusal: Refusal, status: int) -> Response:
            return self._form(request, SignInForm(page=form.page), refusal, status)

        return await self._kit.or_again(request, work, again)

    async def second_step(self, request: Request) -> Response:
        """Begin the session that the password left open."""
        form = await read_form(request, StepForm)
        passkey = (form.passkey_ticket, form.passkey) if form.passkey else None

        async def work() -> Response:
            begun = await self._identity.second_step(
                form.step,
                form.code,
                passkey=passkey,
                caller_key=self._kit.addresses.key_of(request),
                device=device_of(request),
                worked=self._arrivals.worked(form.proof),
            )
            return signed_in(request, begun, own_path(form.page))

        def again(refusal: Refusal, status: int) -> Response:
            return self._arrivals.step_page(
                request, form.step, form.kinds.split(), own_path(form.page), refusal, status
            )

        return await self._kit.or_again(request, work, again)

    async def sign_out(self, request: Request) -> Response:
        """End this session."""
        await read_form(request, NoFields)
        if caller_of(request).account_id is not None:
            await self._identity.sign_out(caller_of(request))
        response = to("/")
        clear_session_cookie(response, request)
        return response

    async def reset_shown(self, request: Request) -> Response:
        """Show the form of a sign-in link."""
        token = request.path_params["token"]
        account = await self._kit.found(request, self._identity.reset_of(token))
        return self._reset_form(request, account)

    async def reset(self, request: Request) -> Response:
        """Choose a new password by a sign-in link."""
        form = await read_form(request, PasswordForm)
        token = request.path_params["token"]
        account = await self._identity.reset_of(token)

        async def work() -> Response:
            return signed_in(request, await self._identity.use_reset(token, form.password), "/")

        def again(refusal: Refusal, status: int) -> Response:
            return self._reset_form(request, account, refusal, status)

        return await self._kit.or_again(request, work, again)

    def _reset_form(
        self,
        request: Request,
        account: Account,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {"account": account, "refusal": refusal, "min_chars": MIN_CHARS}
        return self._kit.page(request, "reset", values, status)

    def _form(
        self,
        request: Request,
        form: SignInForm,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "name": form.name,
            "brief": bool(form.brief),
            "page": own_path(form.page),
            "refusal": refusal,
            "slow": status == _TOO_MANY,
            "passkeys": self._identity.has_passkeys,
        }
        return self._kit.page(request, "signin", values, status)
