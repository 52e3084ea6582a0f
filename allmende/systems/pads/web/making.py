"""Making pads: without account at ``/p``, in a group, in a room; and the links that are made."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import Conflict, InvalidInput, QuotaExceeded, UserError
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Kind
from allmende.systems.pads.model.policy import BACKUP_DAYS, pad_label
from allmende.systems.pads.service.pads import PadService, RoomPads
from allmende.systems.pads.web.kit import PadKit, address_of, route, to
from allmende.webkit.errors import status_of
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form

_WHOLE_SERVER: Final = "all"
KIND_TEXTS: Final = {Kind.RICH: "pads.kind-rich", Kind.TEXT: "pads.kind-text"}


class NewPad(msgspec.Struct, forbid_unknown_fields=True):
    """A pad at an address of its own; nothing of it is needed."""

    title: str = ""
    name: str = ""
    kind: Kind = Kind.RICH
    proof: str = ""


class NewNamed(msgspec.Struct, forbid_unknown_fields=True):
    """A pad with a name, in a group or room."""

    name: str = ""
    kind: Kind = Kind.RICH


def making_routes(pads: PadService, kit: PadKit) -> list[Route]:
    """Return the routes of making pads; fixed words stand before names."""
    pages = MakingPages(pads, kit)
    return [
        route("/p", pages.form, "GET"),
        route("/p", pages.make, "POST"),
        route("/p/deleted", pages.deleted, "GET"),
        route("/p/{name}/made", pages.made, "GET"),
        route("/p/{group}", pages.make_in_group, "POST"),
        route("/r/{slug}/pads", pages.in_room, "GET"),
        route("/r/{slug}/pads", pages.make_in_room, "POST"),
    ]


class MakingPages:
    """For everybody, as far as the operator lets them."""

    def __init__(self, pads: PadService, kit: PadKit) -> None:
        self._pads = pads
        self._kit = kit

    async def form(self, request: Request) -> Response:
        """Show the form with all choices."""
        return self._form(request, NewPad())

    async def make(self, request: Request) -> Response:
        """Make a pad and show its links once."""
        typed = await read_form(request, NewPad)
        who = caller_of(request)

        async def work() -> Response:
            self._pads.require_making(who)
            if who.account_id is None:
                self._kit.proof.require(typed.proof)
            self._kit.made_by_address.take(self._kit.addresses.key_of(request))
            self._kit.made.take(_WHOLE_SERVER)
            made = await self._pads.make(who, typed.title, typed.kind, typed.name)
            return to(f"{made.address.base}/made?a={made.admin_token}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._form(request, typed, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def made(self, request: Request) -> Response:
        """Show the links of a pad to whoever has just made it."""
        token = request.query_params.get("a", "")
        shown = await self._pads.made(address_of(request), token[:64])
        at = self._kit.address
        values = {
            "pad": shown.pad,
            "label": self._kit.said(request, pad_label(shown.pad)),
            "path": shown.address.base,
            "share_link": at(shown.address.base),
            "read_link": at(Address(f"r.{shown.read_token}").base),
            "admin_link": at(Address(f"a.{shown.admin_token}").base),
        }
        return self._kit.page(request, "made", values)

    async def make_in_group(self, request: Request) -> Response:
        """Make a pad with a name and go there; a refusal is shown on a page of its own."""
        typed, slug = await read_form(request, NewNamed), request.path_params["group"]
        try:
            address = await self._pads.make_in_group(
                caller_of(request), slug, typed.name, typed.kind
            )
        except (InvalidInput, Conflict, QuotaExceeded) as error:
            refusal = self._refusal(request, error)
            values = {"typed": typed, "refusal": refusal, "slug": slug, "kind_texts": KIND_TEXTS}
            return self._kit.page(request, "named", values, status_of(error))
        return to(address.base)

    async def in_room(self, request: Request) -> Response:
        """Show the pads of a room."""
        slug = request.path_params["slug"]
        return self._room(request, await self._pads.in_room(caller_of(request), slug), NewNamed())

    async def make_in_room(self, request: Request) -> Response:
        """Make a pad of a room and go there."""
        typed, who = await read_form(request, NewNamed), caller_of(request)
        slug = request.path_params["slug"]
        found = await self._pads.in_room(who, slug)
        try:
            address = await self._pads.make_in_room(who, slug, typed.name, typed.kind)
        except UserError as error:
            refusal = self._refusal(request, error)
            return self._room(request, found, typed, refusal, status_of(error))
        return to(address.base)

    async def deleted(self, request: Request) -> Response:
        """Say what deleting means; the same for whatever was deleted."""
        return self._kit.page(request, "deleted", {"days": BACKUP_DAYS})

    def _refusal(self, request: Request, error: UserError) -> Refusal:
        sentence = self._kit.pages.translator(request)(error.message_id, **error.values)
        return Refusal(str(error.values.get("field", "")), sentence)

    def _form(
        self,
        request: Request,
        typed: NewPad,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "typed": typed,
            "refusal": refusal,
            "kind_texts": KIND_TEXTS,
            "with_name": self._pads.top_level_names,
        }
        return self._kit.page(request, "new", values, status)

    def _room(
        self,
        request: Request,
        found: RoomPads,
        typed: NewNamed,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "room": found.room,
            "pads": found.pads,
            "makes": found.makes,
            "typed": typed,
            "refusal": refusal,
            "kind_texts": KIND_TEXTS,
            "with_plenum": self._kit.with_plenum,
            "with_meet": self._kit.with_meet,
        }
        return self._kit.page(request, "room", values, status)
