"""The rules of a group as sentences, and its end."""

from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import InvalidInput, NotAllowed
from allmende.core.groups import Role
from allmende.core.permissions import BY_ROLE, Permission
from allmende.identity.model.groups import MAX_MESSAGES_H, MIN_MESSAGES_H
from allmende.identity.service import IdentityService
from allmende.systems.desk.model.groups import BRINGER_TEXTS, PRESET_TEXTS, periods
from allmende.systems.desk.service import DeskService, GroupWithPads
from allmende.systems.desk.web.account import NoFields
from allmende.systems.desk.web.groups import GroupPage
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import account_of, caller_of, read_form

_Hours = Annotated[int, Meta(ge=MIN_MESSAGES_H, le=MAX_MESSAGES_H)]


class RulesForm(msgspec.Struct, forbid_unknown_fields=True):
    """The sentences. ``messages_h`` None: there is no chat here."""

    name: str = ""
    messages_h: _Hours | None = None
    history: Literal["yes", "no"] = "yes"
    invite_members: Role = Role.ADMIN
    invite_people: Role = Role.ADMIN


class DeleteForm(msgspec.Struct, forbid_unknown_fields=True):
    """``sure`` is ticked."""

    sure: str = ""


def rule_routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes for admins of a group."""
    page = RulePages(desk, identity, kit)
    return [
        Route("/g/{slug}/settings", page.shown, methods=["GET"]),
        Route("/g/{slug}/settings", page.change, methods=["POST"]),
        Route("/g/{slug}/delete", page.delete, methods=["POST"]),
        Route("/g/{slug}/keep", page.keep, methods=["POST"]),
    ]


class RulePages(GroupPage):
    """For admins."""

    async def shown(self, request: Request) -> Response:
        """Show the sentences."""
        return self._rules(request, await self._administered(request))

    async def change(self, request: Request) -> Response:
        """Change what may be changed."""
        form, found = await read_form(request, RulesForm), await self._administered(request)
        group, kept = found.page.group, found.page.rules

        async def work() -> Response:
            wanted = replace(
                kept,
                messages_h=form.messages_h if form.messages_h is not None else kept.messages_h,
                history=form.history == "yes",
                invite_members=form.invite_members,
                invite_people=form.invite_people,
            )
            await self._identity.change_group(caller_of(request), group.id, form.name, wanted)
            return to(f"/g/{group.slug}/settings?done=saved")

        def again(refusal: Refusal, status: int) -> Response:
            return self._rules(request, found, form, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def delete(self, request: Request) -> Response:
        """Delete the group, or say that one wants to where a second admin has to agree."""
        form, found = await read_form(request, DeleteForm), await self._administered(request)
        group = found.page.group

        async def work() -> Response:
            if not form.sure:
                raise InvalidInput("desk.not-ticked", field="sure")
            is_gone = await self._identity.delete_group(caller_of(request), group.id)
            return to("/" if is_gone else f"/g/{group.slug}/settings?done=asked")

        def again(refusal: Refusal, status: int) -> Response:
            return self._rules(request, found, None, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def keep(self, request: Request) -> Response:
        """Take back that the group be deleted."""
        await read_form(request, NoFields)
        group = (await self._administered(request)).page.group
        await self._identity.keep_group(caller_of(request), group.id)
        return to(f"/g/{group.slug}/settings?done=kept")

    async def _administered(self, request: Request) -> GroupWithPads:
        found = await self._group(request)
        if Permission.GROUP_ADMINISTER not in BY_ROLE[found.page.role]:
            raise NotAllowed("group.not-allowed", permission=Permission.GROUP_ADMINISTER)
        return found

    def _rules(
        self,
        request: Request,
        found: GroupWithPads,
        typed: RulesForm | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        page, rules = found.page, found.page.rules
        hours = self._desk.chat_hours(rules)
        kept = RulesForm(
            page.group.name,
            hours,
            "yes" if rules.history else "no",
            rules.invite_members,
            rules.invite_people,
        )
        values = {
            "found": page,
            "typed": typed or kept,
            "periods": [] if hours is None else periods(hours, self._desk.max_chat_days * 24),
            "preset": PRESET_TEXTS[rules.preset][0],
            "bringers": BRINGER_TEXTS,
            "admins": sum(one.role is Role.ADMIN for one in page.members),
            "me": account_of(request),
            "done": request.query_params.get("done", ""),
            "refusal": refusal,
        }
        return self._kit.page(request, "groupsettings", values, status)
