"""Taking one's data along, and leaving: one's own account, and the archive of a group."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from allmende.identity.service import IdentityService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import account_of, caller_of, read_form
from allmende.webkit.sessions import clear_session_cookie


class LeaveForm(msgspec.Struct, forbid_unknown_fields=True):
    """``name`` is one's own, typed; ``when``: ``later`` or ``now``."""

    name: str = ""
    when: str = "later"


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def leaving_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of leaving and of what one takes along."""
    leaving, taking = LeavingPages(identity, kit), TakingPages(identity, kit)
    return [
        Route("/me/leave", leaving.shown, methods=["GET"]),
        Route("/me/leave", leaving.leave, methods=["POST"]),
        Route("/leaving/{token}", leaving.leaving, methods=["GET"]),
        Route("/leaving/{token}", leaving.stay, methods=["POST"]),
        Route("/gone", leaving.gone, methods=["GET"]),
        Route("/me/export", taking.own_shown, methods=["GET"]),
        Route("/me/export", taking.own, methods=["POST"]),
        Route("/g/{slug}/export", taking.group_shown, methods=["GET"]),
        Route("/g/{slug}/export", taking.group, methods=["POST"]),
    ]


class LeavingPages:
    """How somebody goes, and how they stay after all."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Say what leaving means, and ask for one's own name."""
        await self._identity.require_strong(caller_of(request))
        return await self._page(request, LeaveForm())

    async def leave(self, request: Request) -> Response:
        """Leave in 14 days, or at once."""
        form, who = await read_form(request, LeaveForm), caller_of(request)

        async def work() -> Response:
            if form.when == "now":
                await self._identity.leave_now(who, form.name)
                return self._out(request, "/gone")
            leaving = await self._identity.leave_later(who, form.name)
            return self._out(request, f"/leaving/{leaving.token}")

        values = await self._values(request)

        def again(refusal: Refusal, status: int) -> Response:
            shown = {**values, "form": form, "refusal": refusal}
            return self._kit.page(request, "leave", shown, status)

        return await self._kit.or_again(request, work, again)

    async def leaving(self, request: Request) -> Response:
        """Say until when it can be undone."""
        token = request.path_params["token"]
        leaving = await self._kit.found(request, self._identity.leaving(token))
        return self._kit.page(request, "leaving", {"leaving": leaving})

    async def stay(self, request: Request) -> Response:
        """Undo it; one signs in as before."""
        await read_form(request, NoFields)
        token = request.path_params["token"]
        await self._kit.found(request, self._identity.stay(token))
        return to("/signin?page=/me")

    async def gone(self, request: Request) -> Response:
        """Say that everything is deleted."""
        return self._kit.page(request, "gone", {})

    async def _page(self, request: Request, form: LeaveForm) -> Response:
        values = await self._values(request)
        return self._kit.page(request, "leave", {**values, "form": form, "refusal": None})

    async def _values(self, request: Request) -> dict[str, object]:
        who = caller_of(request)
        person = await self._identity.person(who)
        return {"farewell": await self._identity.farewell(who), "person": person}

    def _out(self, request: Request, path: str) -> Response:
        response = to(path)
        clear_session_cookie(response, request)
        return response


class TakingPages:
    """Archives of oneself and of groups."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def own_shown(self, request: Request) -> Response:
        """Say what is in the archive."""
        await self._identity.require_strong(caller_of(request))
        return self._kit.page(request, "export", {})

    async def own(self, request: Request) -> Response:
        """Send everything about oneself."""
        await read_form(request, NoFields)
        who = caller_of(request)
        pieces = await self._kit.archives.own(who)
        self._kit.exports.take(str(account_of(request)))
        name = (await self._identity.person(who)).account.name
        return self._archive(pieces, name)

    async def group_shown(self, request: Request) -> Response:
        """Say what is in the archive of a group, and who has to agree."""
        slug = request.path_params["slug"]
        handing = await self._identity.handing_out(caller_of(request), slug)
        return self._kit.page(request, "group-export", {"handing": handing, "refusal": None})

    async def group(self, request: Request) -> Response:
        """Send a group, or remember that one admin wants it."""
        await read_form(request, NoFields)
        who, slug = caller_of(request), request.path_params["slug"]
        handing = await self._identity.handing_out(who, slug)

        async def work() -> Response:
            pieces = await self._kit.archives.of_group(who, handing.group.id)
            if pieces is None:
                return to(f"/g/{slug}/export")
            self._kit.exports.take(str(account_of(request)))
            return self._archive(pieces, handing.group.slug)

        def again(refusal: Refusal, status: int) -> Response:
            values = {"handing": handing, "refusal": refusal}
            return self._kit.page(request, "group-export", values, status)

        return await self._kit.or_again(request, work, again)

    def _archive(self, pieces: AsyncIterator[bytes], name: str) -> Response:
        day: datetime = self._kit.clock.now()
        headers = {
            "Content-Disposition": f'attachment; filename="allmende-{name}-{day:%Y-%m-%d}.zip"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)
