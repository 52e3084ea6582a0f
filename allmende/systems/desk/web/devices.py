"""Everything that can sign in as somebody: sessions, passkeys, app passwords, certificates."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.ids import CertificateId, PasskeyId, SessionId
from allmende.identity.model.devices import label_shown
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form
from allmende.webkit.sessions import clear_session_cookie

_PAGE: Final = "/me/devices"


class LabelForm(msgspec.Struct, forbid_unknown_fields=True):
    """What a device is called."""

    label: str = ""


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def device_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of the devices."""
    pages = DevicePages(identity, kit)
    return [
        Route(_PAGE, pages.shown, methods=["GET"]),
        Route(f"{_PAGE}/end-others", pages.end_others, methods=["POST"]),
        Route("/me/signout-everywhere", pages.sign_out_everywhere, methods=["POST"]),
        Route("/me/sessions/{session_id:id}/end", pages.end_session, methods=["POST"]),
        Route("/me/sessions/{session_id:id}/name", pages.name_session, methods=["POST"]),
        Route("/me/passkeys/{passkey_id:id}/name", pages.name_passkey, methods=["POST"]),
        Route(
            "/me/certificates/{certificate_id:id}/name", pages.name_certificate, methods=["POST"]
        ),
    ]


class DevicePages:
    """Each has a name that the person may change, and the week in which it was last used."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show all of them."""
        return self._kit.page(request, "devices", await self._values(request))

    async def name_session(self, request: Request) -> Response:
        """Call a session otherwise."""
        form, who = await read_form(request, LabelForm), caller_of(request)
        session_id = SessionId(request.path_params["session_id"])

        async def work() -> Response:
            await self._identity.rename_session(who, session_id, form.label)
            return to(f"{_PAGE}?done=named")

        return await self._or_again(request, work)

    async def name_passkey(self, request: Request) -> Response:
        """Call a passkey otherwise."""
        form, who = await read_form(request, LabelForm), caller_of(request)
        passkey_id = PasskeyId(request.path_params["passkey_id"])

        async def work() -> Response:
            await self._identity.rename_passkey(who, passkey_id, form.label)
            return to(f"{_PAGE}?done=named")

        return await self._or_again(request, work)

    async def name_certificate(self, request: Request) -> Response:
        """Call the certificate of a program otherwise."""
        form, who = await read_form(request, LabelForm), caller_of(request)
        certificate_id = CertificateId(request.path_params["certificate_id"])

        async def work() -> Response:
            await self._identity.rename_certificate(who, certificate_id, form.label)
            return to(f"{_PAGE}?done=named")

        return await self._or_again(request, work)

    async def end_session(self, request: Request) -> Response:
        """End one session."""
        await read_form(request, NoFields)
        who, session_id = caller_of(request), SessionId(request.path_params["session_id"])
        await self._identity.end_session(who, session_id)
        return _out(request) if session_id == who.session_id else to(f"{_PAGE}?done=session")

    async def end_others(self, request: Request) -> Response:
        """End all sessions but this one, all app passwords and certificates."""
        await read_form(request, NoFields)
        await self._identity.end_other_devices(caller_of(request))
        return to(f"{_PAGE}?done=others")

    async def sign_out_everywhere(self, request: Request) -> Response:
        """End all sessions."""
        await read_form(request, NoFields)
        await self._identity.sign_out_everywhere(caller_of(request))
        return _out(request)

    async def _or_again(
        self, request: Request, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        values = await self._values(request)

        def again(refusal: Refusal, status: int) -> Response:
            more = {"refusal": refusal, "done": ""}
            return self._kit.page(request, "devices", {**values, **more}, status)

        return await self._kit.or_again(request, work, again)

    async def _values(self, request: Request) -> dict[str, object]:
        who, t = caller_of(request), self._kit.pages.translator(request)

        def label_of(stored: str) -> str:
            plant, own = label_shown(stored)
            return own or t(plant)

        return {
            "label_of": label_of,
            "sessions": await self._identity.sessions(who),
            "passkeys": await self._identity.passkeys(who),
            "app_passwords": [
                (one, label_of(one.label), "") for one in await self._identity.app_passwords(who)
            ],
            "certificates": await self._identity.certificates(who),
            "with_voice": self._kit.with_voice,
            "quarter_of": quarter_of,
            "week_shown": week_shown,
            "done": request.query_params.get("done", ""),
            "refusal": None,
        }


def week_shown(week: str) -> str:
    """Return ``47/2026`` for ``2026-W47``."""
    year, _, number = week.partition("-W")
    return f"{int(number)}/{year}"


def quarter_of(since: str) -> dict[str, str]:
    """Return year and number of ``2026-Q4``, for a sentence."""
    year, _, number = since.partition("-Q")
    return {"year": year, "n": number}


def _out(request: Request) -> Response:
    response = to("/")
    clear_session_cookie(response, request)
    return response
