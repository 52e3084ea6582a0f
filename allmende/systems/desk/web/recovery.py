"""The recovery kit: made and shown once, used, and stopped by the devices of its account."""

from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.identity.model.answers import SignedIn
from allmende.identity.model.passwords import MIN_CHARS
from allmende.identity.model.recovery import RecoveryKit, RunShown
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.arriving import arrive, as_arrived
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form


class CodeForm(msgspec.Struct, forbid_unknown_fields=True):
    """The code of a kit; it says itself whose it is."""

    code: str = ""


class FinishForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new password, or a new passkey."""

    password: str = ""
    passkey: str = ""
    passkey_ticket: str = ""


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def recovery_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of the recovery kit."""
    pages, own = RecoverPages(identity, kit), KitPages(identity, kit)
    return [
        Route("/me/kit", own.shown, methods=["GET"]),
        Route("/me/kit", own.make, methods=["POST"]),
        Route("/me/recovery", own.recovery, methods=["GET"]),
        Route("/me/recovery/stop", own.stop, methods=["POST"]),
        Route("/me/recovery/confirm", own.confirm, methods=["POST"]),
        Route("/recover", pages.shown, methods=["GET"]),
        Route("/recover", pages.begin, methods=["POST"]),
        Route("/recover/{token}", pages.waiting, methods=["GET"]),
        Route("/recover/{token}", pages.finish, methods=["POST"]),
    ]


def kit_shown(
    kit: DeskKit,
    request: Request,
    recovery: RecoveryKit,
    page: str,
    session: SignedIn | None = None,
) -> Response:
    """Return the page that shows a recovery kit, this once, and goes on to ``page``.

    ``session``: one that has just begun; it goes into the cookies of this answer.
    """
    if session is not None:
        as_arrived(request, session)
    t = kit.pages.translator(request)
    said = t(
        "desk.kit-file",
        server=recovery.server,
        name=recovery.name,
        code=recovery.code,
        address=recovery.qr.partition("#")[0],
    )
    values = {
        "recovery": recovery,
        "page": page,
        "address": recovery.qr.partition("#")[0],
        "file": "data:text/plain;charset=utf-8," + quote(f"{said}\n"),
    }
    response = kit.page(request, "kit", values)
    if session is not None:
        arrive(response, request, session)
    return response


class KitPages:
    """For those who are signed in."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Say what a kit is for, and offer to make one."""
        who = caller_of(request)
        await self._identity.require_strong(who)
        values = {"has_kit": await self._identity.has_kit(who)}
        return self._kit.page(request, "new-kit", values)

    async def make(self, request: Request) -> Response:
        """Make a kit and show it, this once."""
        await read_form(request, NoFields)
        recovery = await self._identity.make_kit(caller_of(request))
        return kit_shown(self._kit, request, recovery, "/me")

    async def recovery(self, request: Request) -> Response:
        """Show what is under way, to stop it or to let it in at once."""
        run = await self._identity.own_recovery(caller_of(request))
        done = request.query_params.get("done", "")
        return self._kit.page(request, "own-recovery", {"run": run, "done": done})

    async def stop(self, request: Request) -> Response:
        """Stop it."""
        await read_form(request, NoFields)
        await self._identity.cancel_recovery(caller_of(request))
        return to("/me/recovery?done=stopped")

    async def confirm(self, request: Request) -> Response:
        """Let it in at once."""
        await read_form(request, NoFields)
        await self._identity.confirm_recovery(caller_of(request))
        return to("/me/recovery?done=confirmed")


class RecoverPages:
    """For those who cannot sign in any more."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the form for the code."""
        return self._code_form(request)

    async def begin(self, request: Request) -> Response:
        """Begin to wait, on a page to come back to."""
        form = await read_form(request, CodeForm)

        async def work() -> Response:
            asked = self._identity.begin_recovery(form.code)
            return to(f"/recover/{await self._kit.found(request, asked)}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._code_form(request, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def waiting(self, request: Request) -> Response:
        """Show how it stands; when the time is over, the form for a new password or passkey."""
        token = request.path_params["token"]
        run = await self._kit.found(request, self._identity.recovery_of(token))
        return self._run_page(request, run)

    async def finish(self, request: Request) -> Response:
        """Sign in with something new, and show the new kit."""
        form, token = await read_form(request, FinishForm), request.path_params["token"]
        run = await self._kit.found(request, self._identity.recovery_of(token))
        passkey = (form.passkey_ticket, form.passkey) if form.passkey else None

        async def work() -> Response:
            finished = self._identity.finish_recovery(token, form.password, passkey=passkey)
            session, recovery = await finished
            return kit_shown(self._kit, request, recovery, "/me", session)

        def again(refusal: Refusal, status: int) -> Response:
            return self._run_page(request, run, refusal, status)

        return await self._kit.or_again(request, work, again)

    def _run_page(
        self, request: Request, run: RunShown, refusal: Refusal | None = None, status: int = 200
    ) -> Response:
        values = {
            "run": run,
            "address": self._kit.address(request.url.path),
            "refusal": refusal,
            "min_chars": MIN_CHARS,
            "passkeys": self._identity.has_passkeys,
        }
        return self._kit.page(request, "recovery", values, status)

    def _code_form(
        self, request: Request, refusal: Refusal | None = None, status: int = 200
    ) -> Response:
        return self._kit.page(request, "recover", {"refusal": refusal}, status)
