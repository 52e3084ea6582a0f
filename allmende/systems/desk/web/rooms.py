"""The settings of a room and the links into it."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import InvalidInput
from allmende.core.ids import LinkId
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.model.invites import MAX_LINK_DAYS, MAX_LINK_USES
from allmende.identity.model.ways import Way, mumble_address
from allmende.identity.service import IdentityService
from allmende.systems.desk.model import LOBBY_TEXTS, RIGHT_TEXTS
from allmende.systems.desk.service import DeskService, RoomSettings
from allmende.systems.desk.web.account import NoFields
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form

_Digits = Annotated[str, Meta(pattern="^[0-9]{0,6}$")]


class SettingsForm(msgspec.Struct, forbid_unknown_fields=True):
    """Name, lobby, and whether guests may show their screen."""

    name: str = ""
    lobby: Lobby = Lobby.GUESTS
    guests_share: str = ""


class LinkForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new link; ``days`` and ``uses`` empty: without end."""

    right: LinkRight = LinkRight.SPEAK
    label: str = ""
    days: _Digits = ""
    uses: _Digits = ""


class DeleteForm(msgspec.Struct, forbid_unknown_fields=True):
    """``sure`` is ticked."""

    sure: str = ""


def room_routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of rooms."""
    pages = RoomPages(desk, identity, kit)
    return [
        Route("/r/{slug}/settings", pages.shown, methods=["GET"]),
        Route("/r/{slug}/settings", pages.change, methods=["POST"]),
        Route("/r/{slug}/links", pages.make_link, methods=["POST"]),
        Route("/r/{slug}/link", pages.link_shown, methods=["GET"]),
        Route("/r/{slug}/links/{link_id:id}/revoke", pages.revoke, methods=["POST"]),
        Route("/r/{slug}/delete", pages.delete, methods=["POST"]),
    ]


class RoomPages:
    """For admins of the group, and for those who facilitate an open room."""

    def __init__(self, desk: DeskService, identity: IdentityService, kit: DeskKit) -> None:
        self._desk = desk
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show settings and links."""
        return self._page(request, await self._settings(request))

    async def change(self, request: Request) -> Response:
        """Change the settings."""
        form, found = await read_form(request, SettingsForm), await self._settings(request)

        async def work() -> Response:
            await self._identity.change_room(
                caller_of(request),
                found.room.id,
                name=form.name,
                lobby=form.lobby,
                guests_share=bool(form.guests_share),
            )
            return to(f"/r/{found.room.slug}/settings?done=saved")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, settings=form, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def make_link(self, request: Request) -> Response:
        """Make a link and show it once."""
        form, found = await read_form(request, LinkForm), await self._settings(request)

        async def work() -> Response:
            token = await self._identity.make_link(
                caller_of(request),
                found.room.id,
                form.right,
                form.label,
                int(form.days) if form.days else None,
                int(form.uses) if form.uses else None,
            )
            return to(f"/r/{found.room.slug}/link?g={token}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, link=form, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def link_shown(self, request: Request) -> Response:
        """Show a link that was just made. The server keeps only its hash."""
        slug, token = request.path_params["slug"], request.query_params.get("g", "")
        found = await self._desk.link_shown(caller_of(request), slug, token)
        values = {
            "room": found.room,
            "right_text": RIGHT_TEXTS[found.right or LinkRight.LISTEN],
            "link": self._kit.address(f"/r/{found.room.slug}/call?g={token}"),
            "words": await self._words_of(request, token),
            "mumble": mumble_address(self._kit.mumble, Way(room=found.room, code=token)),
        }
        return self._kit.page(request, "link", values)

    async def _words_of(self, request: Request, token: str) -> str:
        """Return what Mumble clients take instead of the link; empty where there are none."""
        if not self._kit.with_voice:
            return ""
        words = await self._identity.invite_words(token)
        return words.text(self._kit.texts.language_of(request))

    async def revoke(self, request: Request) -> Response:
        """Take a link back; who came by it is out within seconds."""
        await read_form(request, NoFields)
        link_id = LinkId(request.path_params["link_id"])
        await self._identity.revoke_link(caller_of(request), link_id)
        return to(f"/r/{request.path_params['slug']}/settings?done=revoked")

    async def delete(self, request: Request) -> Response:
        """Delete the room, if it was meant."""
        form, found = await read_form(request, DeleteForm), await self._settings(request)

        async def work() -> Response:
            if not form.sure:
                raise InvalidInput("desk.not-ticked", field="sure")
            await self._identity.delete_room(caller_of(request), found.room.id)
            return to("/")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def _settings(self, request: Request) -> RoomSettings:
        return await self._desk.settings(caller_of(request), request.path_params["slug"])

    def _page(
        self,
        request: Request,
        found: RoomSettings,
        *,
        settings: SettingsForm | None = None,
        link: LinkForm | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        room = found.room
        kept = SettingsForm(room.name, room.lobby, "on" if room.guests_share else "")
        values = {
            "room": room,
            "links": found.links,
            "is_main": found.is_main,
            "pads": found.pads,
            "with_pads": self._desk.with_pads,
            "with_voice": self._kit.with_voice,
            "label": self._kit.said(request, self._desk.label(room, found.rules)),
            "typed": settings or kept,
            "new_link": link or LinkForm(),
            "lobby_texts": LOBBY_TEXTS,
            "right_texts": RIGHT_TEXTS,
            "most_days": MAX_LINK_DAYS,
            "most_uses": MAX_LINK_USES,
            "refusal": refusal,
            "done": request.query_params.get("done", ""),
        }
        return self._kit.page(request, "room", values, status)
