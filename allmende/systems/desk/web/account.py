"""Signing in and out, one's own page, and the link of ``allmende account reset``."""

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Account
from allmende.core.ids import SessionId
from allmende.identity.model.accounts import SESSION_LIFETIME
from allmende.identity.model.answers import Person, SessionShown, SignedIn
from allmende.identity.model.passwords import MIN_CHARS
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form
from allmende.webkit.language import own_path
from allmende.webkit.sessions import clear_session_cookie, set_session_cookie

_LIFETIME_S: Final = int(SESSION_LIFETIME.total_seconds())


class SignInForm(msgspec.Struct, forbid_unknown_fields=True):
    """``brief`` is ticked on a computer that is not one's own; ``page``: where to go then."""

    name: str = ""
    password: str = ""
    brief: str = ""
    page: str = "/"


class PasswordForm(msgspec.Struct, forbid_unknown_fields=True):
    """Choose a password by a link of the operator."""

    password: str = ""


class ChangeForm(msgspec.Struct, forbid_unknown_fields=True):
    """Another password."""

    old: str = ""
    new: str = ""


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def account_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of signing in and of one's own page."""
    sign_in, mine = SignInPages(identity, kit), OwnPages(identity, kit)
    return [
        Route("/signin", sign_in.shown, methods=["GET"]),
        Route("/signin", sign_in.sign_in, methods=["POST"]),
        Route("/signin/{token}", sign_in.reset_shown, methods=["GET"]),
        Route("/signin/{token}", sign_in.reset, methods=["POST"]),
        Route("/signout", mine.sign_out, methods=["POST"]),
        Route("/me", mine.shown, methods=["GET"]),
        Route("/me/password", mine.change_password, methods=["POST"]),
        Route("/me/signout-everywhere", mine.sign_out_everywhere, methods=["POST"]),
        Route("/me/sessions/{session_id:id}/end", mine.end_session, methods=["POST"]),
    ]


def signed_in(request: Request, session: SignedIn, path: str) -> Response:
    """Go to ``path`` with the new session in a cookie."""
    response = to(path)
    set_session_cookie(response, request, session.token, None if session.brief else _LIFETIME_S)
    return response


class SignInPages:
    """Pages for those who are not signed in."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the form."""
        return self._form(request, SignInForm(page=request.query_params.get("page", "/")))

    async def sign_in(self, request: Request) -> Response:
        """Begin a session."""
        form = await read_form(request, SignInForm)

        async def work() -> Response:
            session = await self._identity.sign_in(
                form.name,
                form.password,
                brief=bool(form.brief),
                caller_key=self._kit.addresses.key_of(request),
            )
            return signed_in(request, session, own_path(form.page))

        def again(refusal: Refusal, status: int) -> Response:
            return self._form(request, form, refusal, status)

        return await self._kit.or_again(request, work, again)

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
        }
        return self._kit.page(request, "signin", values, status)


class OwnPages:
    """One's own account."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show where one is signed in, and the form for another password."""
        who = caller_of(request)
        person = await self._identity.person(who)
        return self._page(request, person, await self._identity.sessions(who))

    async def change_password(self, request: Request) -> Response:
        """Set another password; all other sessions end."""
        form = await read_form(request, ChangeForm)
        who = caller_of(request)
        person = await self._identity.person(who)
        sessions = await self._identity.sessions(who)

        async def work() -> Response:
            await self._identity.change_password(who, form.old, form.new)
            return to("/me?done=password")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, person, sessions, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def sign_out(self, request: Request) -> Response:
        """End this session."""
        await read_form(request, NoFields)
        if caller_of(request).account_id is not None:
            await self._identity.sign_out(caller_of(request))
        return self._out(request)

    async def sign_out_everywhere(self, request: Request) -> Response:
        """End all sessions."""
        await read_form(request, NoFields)
        await self._identity.sign_out_everywhere(caller_of(request))
        return self._out(request)

    async def end_session(self, request: Request) -> Response:
        """End one session."""
        await read_form(request, NoFields)
        who, session_id = caller_of(request), SessionId(request.path_params["session_id"])
        await self._identity.end_session(who, session_id)
        return self._out(request) if session_id == who.session_id else to("/me?done=session")

    def _out(self, request: Request) -> Response:
        response = to("/")
        clear_session_cookie(response, request)
        return response

    def _page(
        self,
        request: Request,
        person: Person,
        sessions: Sequence[SessionShown],
        *,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "person": person,
            "sessions": sessions,
            "week_shown": week_shown,
            "refusal": refusal,
            "done": "" if refusal else request.query_params.get("done", ""),
            "min_chars": MIN_CHARS,
        }
        return self._kit.page(request, "me", values, status)


def week_shown(week: str) -> str:
    """Return ``47/2026`` for ``2026-W47``."""
    year, _, number = week.partition("-W")
    return f"{int(number)}/{year}"
