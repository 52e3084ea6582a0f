"""``/op/registration`` and ``/op/accounts``: who may come, and who does what for the server."""

from typing import Final
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import ServerRole
from allmende.identity.model.registration import Mode
from allmende.identity.service import IdentityService
from allmende.identity.service.accounts import PAGE
from allmende.systems.desk.model import (
    MODE_TEXTS,
    SERVER_ROLE_TEXTS,
    STATE_TEXTS,
    WHY_TEXTS,
)
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form

_REGISTRATION: Final = "/op/registration"
_ACCOUNTS: Final = "/op/accounts"


class RegistrationForm(msgspec.Struct, forbid_unknown_fields=True):
    """The mode; ``vouching`` is ticked where two members let somebody in."""

    mode: Mode
    vouching: str = ""


class ServerRoleForm(msgspec.Struct, forbid_unknown_fields=True):
    """Another role of an account on the server."""

    role: ServerRole
    name: str = ""


def registration_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of operators about accounts."""
    pages = RegistrationPages(identity, kit)
    return [
        Route(_REGISTRATION, pages.shown, methods=["GET"]),
        Route(_REGISTRATION, pages.choose, methods=["POST"]),
        Route(_ACCOUNTS, pages.accounts, methods=["GET"]),
        Route(f"{_ACCOUNTS}/role", pages.set_role, methods=["POST"]),
    ]


class RegistrationPages:
    """For operators who have just proved that it is them."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the mode, why it is that, and what it was."""
        who = caller_of(request)
        history = await self._identity.registration_history(who)
        values = {
            "here": _REGISTRATION,
            "registration": await self._identity.registration(),
            "history": history,
            "modes": list(Mode),
            "mode_texts": MODE_TEXTS,
            "why_texts": WHY_TEXTS,
            "done": request.query_params.get("done", ""),
        }
        return self._kit.page(request, "op-registration", values)

    async def choose(self, request: Request) -> Response:
        """Choose another mode."""
        form = await read_form(request, RegistrationForm)
        who = caller_of(request)
        await self._identity.registration_history(who)
        await self._identity.require_strong(who)
        await self._identity.set_registration(who, form.mode, vouching=bool(form.vouching))
        return to(f"{_REGISTRATION}?done=saved")

    async def accounts(self, request: Request) -> Response:
        """Show accounts in the order of the alphabet, or one of them."""
        return await self._accounts(request)

    async def set_role(self, request: Request) -> Response:
        """Give an account another role on the server."""
        form = await read_form(request, ServerRoleForm)
        who = caller_of(request)
        shown = await self._identity.account_page(who)

        async def work() -> Response:
            await self._identity.require_strong(who)
            await self._identity.set_server_role(who, form.name, form.role)
            return to(f"{_ACCOUNTS}?name={quote(form.name)}&done=saved")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, shown, name=form.name, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def _accounts(self, request: Request) -> Response:
        who, name = caller_of(request), request.query_params.get("name", "")
        if name:
            return self._page(request, [await self._identity.account_shown(who, name)], name=name)
        after = request.query_params.get("after", "")
        return self._page(request, await self._identity.account_page(who, after))

    def _page(
        self,
        request: Request,
        shown: object,
        *,
        name: str = "",
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "here": _ACCOUNTS,
            "accounts": shown,
            "page_length": PAGE,
            "name": name,
            "roles": list(ServerRole),
            "role_texts": SERVER_ROLE_TEXTS,
            "state_texts": STATE_TEXTS,
            "refusal": refusal,
            "done": "" if refusal else request.query_params.get("done", ""),
        }
        return self._kit.page(request, "op-accounts", values, status)
