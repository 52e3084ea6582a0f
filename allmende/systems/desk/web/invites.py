"""``/i/CODE``: an invite as the invited see it."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.identity.model.answers import InviteShown
from allmende.identity.model.passwords import MIN_CHARS
from allmende.identity.service import IdentityService
from allmende.systems.desk.model import ROLE_TEXTS
from allmende.systems.desk.web.account import NoFields, signed_in
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form


class AcceptForm(msgspec.Struct, forbid_unknown_fields=True):
    """Two fields, and one is in."""

    name: str = ""
    password: str = ""


def invite_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of invites."""
    pages = InvitePages(identity, kit)
    return [
        Route("/i/{code}", pages.shown, methods=["GET"]),
        Route("/i/{code}", pages.accept, methods=["POST"]),
        Route("/i/{code}/join", pages.join, methods=["POST"]),
    ]


class InvitePages:
    """For people without an account, and for those who bring one."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show who invites, and the form."""
        return self._form(request, await self._asked(request))

    async def accept(self, request: Request) -> Response:
        """Make an account and go into the group."""
        typed = await read_form(request, AcceptForm)
        invite, code = await self._asked(request), request.path_params["code"]

        async def work() -> Response:
            session = await self._identity.accept_invite(code, typed.name, typed.password)
            path = "/" if invite.group is None else f"/g/{invite.group.slug}"
            return signed_in(request, session, path)

        def again(refusal: Refusal, status: int) -> Response:
            return self._form(request, invite, name=typed.name, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def join(self, request: Request) -> Response:
        """Join with the account that is signed in."""
        await read_form(request, NoFields)
        code = request.path_params["code"]
        group = await self._identity.join_by_invite(caller_of(request), code)
        return to(f"/g/{group.slug}")

    async def _asked(self, request: Request) -> InviteShown:
        code = request.path_params["code"]
        return await self._kit.found(request, self._identity.invite(code))

    def _form(
        self,
        request: Request,
        invite: InviteShown,
        *,
        name: str = "",
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "invite": invite,
            "role_texts": ROLE_TEXTS,
            "path": f"/i/{request.path_params['code']}",
            "name": name,
            "refusal": refusal,
            "min_chars": MIN_CHARS,
        }
        return self._kit.page(request, "invite", values, status)
