"""App passwords: one for each program and device, made by what it is for and shown once."""

import secrets
from collections import OrderedDict
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Scope
from allmende.core.errors import InvalidInput, UserError
from allmende.core.ids import AppPasswordId
from allmende.identity.model.app_passwords import NewAppPassword, Purpose
from allmende.identity.model.devices import label_shown
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.devices import week_shown
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.errors import status_of
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, json_response, read_form
from allmende.webkit.programs import ProgramRoute

PAGE: Final = "/me/keys"
_GROUP: Final = 4
_REMEMBERED: Final = 1000
SCOPE_TEXTS: Final = {
    Scope.CHAT: "desk.key-chat",
    Scope.CHAT_READ: "desk.key-chat-read",
    Scope.VOICE: "desk.key-voice",
    Scope.PADS: "desk.key-pads",
    Scope.PADS_READ: "desk.key-pads-read",
}
"""What each app password opens, as its page says it."""


class KeyForm(msgspec.Struct, forbid_unknown_fields=True):
    """``purpose`` is the button; ``once``: sent twice, it makes one app password."""

    purpose: str = ""
    reads: str = ""
    label: str = ""
    once: str = ""


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def key_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of app passwords, and the one by which a program learns who it is."""
    pages = KeyPages(identity, kit)
    return [
        Route(PAGE, pages.shown, methods=["GET"]),
        Route(PAGE, pages.make, methods=["POST"]),
        Route(PAGE + "/{app_password_id:id}/end", pages.end, methods=["POST"]),
        ProgramRoute("/api/v1/me", pages.own, methods=["GET"], opened_by=None),
    ]


class KeyPages:
    """Only purposes are offered whose systems are switched on."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit
        self._made: OrderedDict[str, None] = OrderedDict()

    async def shown(self, request: Request) -> Response:
        """Show those there are, and what another one could be for."""
        return await self._page(request, KeyForm())

    async def make(self, request: Request) -> Response:
        """Make one and show it."""
        form, who = await read_form(request, KeyForm), caller_of(request)
        if form.once and form.once in self._made:
            return to(f"{PAGE}?done=made")
        await self._identity.require_strong(who)
        try:
            purpose = self._purpose(form.purpose)
            scopes = purpose.reading if form.reads and purpose.reading else purpose.scopes
            made = await self._identity.make_app_password(who, scopes, form.label)
        except UserError as error:
            sentence = self._kit.pages.translator(request)(error.message_id, **error.values)
            refusal = Refusal(str(error.values.get("field", "")), sentence)
            return await self._page(request, form, refusal, status_of(error))
        self._remember(form.once)
        return self._made_page(request, made)

    async def end(self, request: Request) -> Response:
        """End one."""
        await read_form(request, NoFields)
        number = AppPasswordId(request.path_params["app_password_id"])
        await self._identity.end_app_password(caller_of(request), number)
        return to(f"{PAGE}?done=ended")

    async def own(self, request: Request) -> Response:
        """Say who asks, what their app password opens, and the rooms of their groups."""
        own = await self._identity.own(caller_of(request))
        shown = [
            {"id": room.id, "slug": room.slug, "name": room.name, "group": group.name}
            for group, room in own.rooms
        ]
        return json_response({"name": own.name, "scopes": sorted(own.scopes), "rooms": shown})

    def _purpose(self, name: str) -> Purpose:
        for purpose in self._kit.purposes:
            if purpose.name == name:
                return purpose
        raise InvalidInput("desk.key-purpose-missing", field="purpose")

    def _remember(self, once: str) -> None:
        self._made[once] = None
        if len(self._made) > _REMEMBERED:
            self._made.popitem(last=False)

    def _made_page(self, request: Request, made: NewAppPassword) -> Response:
        url = self._kit.address("")
        parts = urlsplit(url)
        values = {
            "made": made,
            "label": self._label(request, made.label),
            "groups": [made.secret[at : at + _GROUP] for at in range(0, len(made.secret), _GROUP)],
            "server": url,
            "link": f"{parts.scheme}://{made.name}:{made.secret}@{parts.netloc}",
            "opens": self._opens(request, made.scopes),
            "mumble": self._kit.mumble if Scope.VOICE in made.scopes else None,
        }
        response = self._kit.page(request, "new-key", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _label(self, request: Request, stored: str) -> str:
        plant, own = label_shown(stored)
        return self._kit.pages.translator(request)(plant) if plant else own

    def _opens(self, request: Request, scopes: frozenset[Scope]) -> str:
        t = self._kit.pages.translator(request)
        return " ".join(t(SCOPE_TEXTS[scope]) for scope in sorted(scopes) if scope in SCOPE_TEXTS)

    async def _page(
        self, request: Request, form: KeyForm, refusal: Refusal | None = None, status: int = 200
    ) -> Response:
        found = await self._identity.app_passwords(caller_of(request))
        rows = [
            (one, self._label(request, one.label), self._opens(request, one.scopes))
            for one in found
        ]
        values = {
            "keys": rows,
            "with_voice": self._kit.with_voice,
            "purposes": [(one.name, f"desk.key-for-{one.name}") for one in self._kit.purposes],
            "week_shown": week_shown,
            "label": form.label,
            "reads": bool(form.reads),
            "once": secrets.token_urlsafe(16),
            "refusal": refusal,
            "done": "" if refusal else request.query_params.get("done", ""),
        }
        return self._kit.page(request, "keys", values, status)
