"""Groups: making one, its page, its members and invites."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import NotFound
from allmende.core.groups import Role
from allmende.core.ids import AccountId, InviteId
from allmende.core.permissions import BY_ROLE, Permission
from allmende.identity.model.invites import (
    INVITE_DAYS,
    INVITE_USES,
    MAX_INVITE_DAYS,
    MAX_INVITE_USES,
)
from allmende.identity.service import IdentityService
from allmende.systems.desk.model import ROLE_TEXTS
from allmende.systems.desk.service import DeskService, GroupWithPads
from allmende.systems.desk.web.account import NoFields
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import account_of, caller_of, read_form

Work = Callable[[], Awaitable[Response]]
_Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class NameForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new group or room."""

    name: str = ""


class InviteForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new invite into the group."""

    role: Role = Role.MEMBER
    uses: _Number = INVITE_USES
    days: _Number = INVITE_DAYS


class RoleForm(msgspec.Struct, forbid_unknown_fields=True):
    """Another role of a member."""

    role: Role


def group_routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of groups."""
    pages, people = GroupPages(desk, identity, kit), MemberPages(desk, identity, kit)
    return [
        Route("/groups", pages.new, methods=["GET"]),
        Route("/groups", pages.make, methods=["POST"]),
        Route("/g/{slug}", pages.shown, methods=["GET"]),
        Route("/g/{slug}/rooms", pages.make_room, methods=["POST"]),
        Route("/g/{slug}/invites", people.invite, methods=["POST"]),
        Route("/g/{slug}/invites/{code}", people.invited, methods=["GET"]),
        Route("/g/{slug}/invites/{invite_id:id}/revoke", people.revoke, methods=["POST"]),
        Route("/g/{slug}/members/{account_id:id}/role", people.set_role, methods=["POST"]),
        Route("/g/{slug}/members/{account_id:id}/remove", people.remove, methods=["POST"]),
        Route("/g/{slug}/leave", people.leave, methods=["POST"]),
    ]


class _Pages:
    """What both kinds of pages show: the group, filled with what was typed."""

    def __init__(self, desk: DeskService, identity: IdentityService, kit: DeskKit) -> None:
        self._desk = desk
        self._identity = identity
        self._kit = kit

    async def _group(self, request: Request) -> GroupWithPads:
        return await self._desk.group(caller_of(request), request.path_params["slug"])

    def _page(
        self,
        request: Request,
        found: GroupWithPads,
        *,
        typed: msgspec.Struct | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        invite = typed if isinstance(typed, InviteForm) else InviteForm()
        values = {
            "found": found,
            "me": account_of(request),
            "administers": Permission.GROUP_ADMINISTER in BY_ROLE[found.role],
            "makes_pads": self._desk.with_pads and Permission.PADS_MAKE in BY_ROLE[found.role],
            "with_pads": self._desk.with_pads,
            "with_plenum": self._kit.with_plenum,
            "with_meet": self._kit.with_meet,
            "room_names": {room.id: room.name for room in found.rooms},
            "invites_people": Permission.GROUP_INVITE in BY_ROLE[found.role],
            "labels": {
                room.id: self._kit.said(request, self._desk.label(room)) for room in found.rooms
            },
            "role_texts": ROLE_TEXTS,
            "room_name": typed.name if isinstance(typed, NameForm) else "",
            "invite": invite,
            "most_uses": MAX_INVITE_USES,
            "most_days": MAX_INVITE_DAYS,
            "refusal": refusal,
        }
        return self._kit.page(request, "group", values, status)


class GroupPages(_Pages):
    """The group and its rooms."""

    async def new(self, request: Request) -> Response:
        """Show the form for a new group."""
        account_of(request)
        return self._new_form(request)

    async def make(self, request: Request) -> Response:
        """Make a group and go there."""
        form = await read_form(request, NameForm)

        async def work() -> Response:
            group = await self._identity.make_group(caller_of(request), form.name)
            return to(f"/g/{group.slug}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._new_form(request, form.name, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def shown(self, request: Request) -> Response:
        """Show the group to its members."""
        return self._page(request, await self._group(request))

    async def make_room(self, request: Request) -> Response:
        """Add a room."""
        form, found = await read_form(request, NameForm), await self._group(request)

        async def work() -> Response:
            await self._identity.make_room(caller_of(request), found.group.id, form.name)
            return to(f"/g/{found.group.slug}#rooms")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, typed=form, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    def _new_form(
        self,
        request: Request,
        name: str = "",
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {"name": name, "refusal": refusal}
        return self._kit.page(request, "newgroup", values, status)


class MemberPages(_Pages):
    """Who is in a group, and who may come."""

    async def invite(self, request: Request) -> Response:
        """Make an invite and show its link and code once."""
        form, found = await read_form(request, InviteForm), await self._group(request)

        async def work() -> Response:
            code = await self._identity.make_invite(
                caller_of(request), found.group.id, form.role, form.uses, form.days
            )
            return to(f"/g/{found.group.slug}/invites/{code}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, typed=form, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def invited(self, request: Request) -> Response:
        """Show the link of an invite that was just made. The server keeps only its hash."""
        found, code = await self._group(request), request.path_params["code"]
        invite = await self._identity.invite(code)
        if invite.group != found.group or invite.role is None:
            raise NotFound("identity.invite-not-valid")
        values = {
            "group": found.group,
            "invite": invite,
            "role_text": ROLE_TEXTS[invite.role],
            "link": self._kit.address(f"/i/{code}"),
        }
        return self._kit.page(request, "invited", values)

    async def revoke(self, request: Request) -> Response:
        """Take an invite back."""
        await read_form(request, NoFields)
        group = (await self._group(request)).group
        invite_id = InviteId(request.path_params["invite_id"])
        await self._identity.revoke_invite(caller_of(request), group.id, invite_id)
        return to(f"/g/{group.slug}#invites")

    async def set_role(self, request: Request) -> Response:
        """Give a member another role."""
        form, found = await read_form(request, RoleForm), await self._group(request)
        account_id = AccountId(request.path_params["account_id"])

        async def work() -> Response:
            group_id = found.group.id
            await self._identity.set_role(caller_of(request), group_id, account_id, form.role)
            return to(f"/g/{found.group.slug}#members")

        return await self._or_group(request, found, work)

    async def remove(self, request: Request) -> Response:
        """Take somebody out of the group."""
        await read_form(request, NoFields)
        found, account_id = await self._group(request), request.path_params["account_id"]

        async def work() -> Response:
            who, group_id = caller_of(request), found.group.id
            await self._identity.remove_member(who, group_id, AccountId(account_id))
            return to(f"/g/{found.group.slug}#members")

        return await self._or_group(request, found, work)

    async def leave(self, request: Request) -> Response:
        """Leave the group."""
        await read_form(request, NoFields)
        found = await self._group(request)

        async def work() -> Response:
            await self._identity.leave(caller_of(request), found.group.id)
            return to("/")

        return await self._or_group(request, found, work)

    async def _or_group(self, request: Request, found: GroupWithPads, work: Work) -> Response:
        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)
