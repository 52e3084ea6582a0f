"""Groups: making one, its page, its rooms, joining one that is open."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import NotFound
from allmende.core.groups import Role
from allmende.core.permissions import BY_ROLE, Permission
from allmende.identity.model.announcing import Change, sentences_of
from allmende.identity.model.groups import ADVISED_ADMINS, Announcement, Preset, rank
from allmende.identity.model.invites import (
    INVITE_DAYS,
    INVITE_USES,
    MAX_INVITE_DAYS,
    MAX_INVITE_USES,
    MAX_SHARED_INVITE_DAYS,
)
from allmende.identity.service import IdentityService
from allmende.systems.desk.model.groups import BRINGER_TEXTS, PRESET_TEXTS, period
from allmende.systems.desk.model.start import ROLE_TEXTS
from allmende.systems.desk.service import DeskService, GroupWithPads
from allmende.systems.desk.web.account import NoFields
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import account_of, caller_of, read_form

Work = Callable[[], Awaitable[Response]]
_Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class GroupForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new group: a name, and what it is for."""

    name: str = ""
    preset: Preset = Preset.WORKING


class NameForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new room."""

    name: str = ""


class InviteForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new invite into the group."""

    role: Role = Role.MEMBER
    uses: _Number = INVITE_USES
    days: _Number = INVITE_DAYS


class OfferForm(msgspec.Struct, forbid_unknown_fields=True):
    """A place for an account of this server."""

    account: str = ""
    role: Role = Role.MEMBER


class DisplayForm(msgspec.Struct, forbid_unknown_fields=True):
    """What one is called in the group."""

    display: str = ""


def group_routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of groups themselves; those of members are in ``members.py``."""
    pages = GroupPages(desk, identity, kit)
    return [
        Route("/groups", pages.new, methods=["GET"]),
        Route("/groups", pages.make, methods=["POST"]),
        Route("/g/{slug}", pages.shown, methods=["GET"]),
        Route("/g/{slug}/join", pages.join, methods=["POST"]),
        Route("/g/{slug}/rooms", pages.make_room, methods=["POST"]),
    ]


class GroupPage:
    """What all pages of a group show: the group, filled with what was typed."""

    def __init__(self, desk: DeskService, identity: IdentityService, kit: DeskKit) -> None:
        self._desk = desk
        self._identity = identity
        self._kit = kit

    async def _group(self, request: Request) -> GroupWithPads:
        return await self._desk.group(caller_of(request), request.path_params["slug"])

    async def _or_group(
        self,
        request: Request,
        found: GroupWithPads,
        work: Work,
        typed: msgspec.Struct | None = None,
    ) -> Response:
        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, typed=typed, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    def _page(
        self,
        request: Request,
        found: GroupWithPads,
        *,
        typed: msgspec.Struct | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        page, permitted = found.page, BY_ROLE[found.page.role]
        values = {
            "found": page,
            "pads": found.pads,
            "me": account_of(request),
            "administers": Permission.GROUP_ADMINISTER in permitted,
            "few_admins": sum(one.role is Role.ADMIN for one in page.members) < ADVISED_ADMINS,
            "makes_pads": self._desk.with_pads and Permission.PADS_MAKE in permitted,
            "with_pads": self._desk.with_pads,
            "with_plenum": self._kit.with_plenum,
            "with_meet": self._kit.with_meet,
            "with_chat": self._desk.chat_days is not None,
            "room_names": {room.id: room.name for room in page.rooms},
            "labels": {
                room.id: self._kit.said(request, self._desk.label(room, page.rules))
                for room in page.rooms
            },
            "role_texts": ROLE_TEXTS,
            "given_roles": {
                role: text for role, text in ROLE_TEXTS.items() if rank(role) <= rank(page.role)
            },
            "rules": self._sentences(found),
            "changes": [
                (self._kit.said(request, self._change(one)), one.by_name, one.own, one.at)
                for one in page.announcements
            ],
            "room_name": typed.name if isinstance(typed, NameForm) else "",
            "invite": typed if isinstance(typed, InviteForm) else InviteForm(),
            "offer": typed if isinstance(typed, OfferForm) else OfferForm(),
            "display": typed.display if isinstance(typed, DisplayForm) else page.display,
            "most_uses": MAX_INVITE_USES,
            "most_days": MAX_INVITE_DAYS,
            "most_shared_days": MAX_SHARED_INVITE_DAYS,
            "refusal": refusal,
        }
        return self._kit.page(request, "group", values, status)

    def _sentences(self, found: GroupWithPads) -> list[tuple[str, str, dict[str, int]]]:
        """Return the rules as questions and answers; the last is what the answer counts."""
        rules, hours = found.page.rules, self._desk.chat_hours(found.page.rules)
        closed = "desk.rule-closed-yes" if rules.closed else "desk.rule-closed-no"
        said: list[tuple[str, str, dict[str, int]]] = [("desk.rule-closed", closed, {})]
        if hours is not None:
            _, text, count = period(hours)
            said.append(("desk.rule-messages", text, {"n": count}))
            said.append(("desk.rule-history", "desk.yes" if rules.history else "desk.no", {}))
        said.append(("desk.rule-invite-members", BRINGER_TEXTS[rules.invite_members], {}))
        said.append(("desk.rule-invite-people", BRINGER_TEXTS[rules.invite_people], {}))
        return said

    @staticmethod
    def _change(one: Announcement) -> list[tuple[str, dict[str, object]]]:
        change = Change(one.was, one.now, one.own, one.by_name is None)
        return [(sentence, dict(values)) for sentence, values in sentences_of(change, one.name)]


class GroupPages(GroupPage):
    """The group and its rooms."""

    async def new(self, request: Request) -> Response:
        """Show the form for a new group."""
        account_of(request)
        return self._new_form(request, GroupForm())

    async def make(self, request: Request) -> Response:
        """Make a group and go there."""
        form = await read_form(request, GroupForm)

        async def work() -> Response:
            group = await self._identity.make_group(caller_of(request), form.name, form.preset)
            return to(f"/g/{group.slug}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._new_form(request, form, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def shown(self, request: Request) -> Response:
        """Show the group to its members, and to others whether they may join."""
        try:
            found = await self._group(request)
        except NotFound:
            if caller_of(request).account_id is None:
                raise
            group = await self._identity.open_group(caller_of(request), request.path_params["slug"])
            return self._kit.page(request, "opengroup", {"group": group})
        return self._page(request, found)

    async def join(self, request: Request) -> Response:
        """Join a group that everybody with an account may join."""
        await read_form(request, NoFields)
        slug = request.path_params["slug"]
        group = await self._identity.join_open(caller_of(request), slug)
        return to(f"/g/{group.slug}")

    async def make_room(self, request: Request) -> Response:
        """Add a room."""
        form, found = await read_form(request, NameForm), await self._group(request)

        async def work() -> Response:
            group = found.page.group
            await self._identity.make_room(caller_of(request), group.id, form.name)
            return to(f"/g/{group.slug}#rooms")

        return await self._or_group(request, found, work, form)

    def _new_form(
        self,
        request: Request,
        form: GroupForm,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "name": form.name,
            "preset": form.preset,
            "presets": PRESET_TEXTS,
            "refusal": refusal,
        }
        return self._kit.page(request, "newgroup", values, status)
