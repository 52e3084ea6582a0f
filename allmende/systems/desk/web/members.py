"""Who is in a group, who may come, and how one leaves."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import NotFound
from allmende.core.groups import Role
from allmende.core.ids import AccountId, InviteId
from allmende.identity.service import IdentityService
from allmende.systems.desk.model.start import ROLE_TEXTS
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.web.account import NoFields
from allmende.systems.desk.web.groups import DisplayForm, GroupPage, InviteForm, OfferForm
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.http import caller_of, read_form


class RoleForm(msgspec.Struct, forbid_unknown_fields=True):
    """Another role of a member."""

    role: Role


class HandOverForm(msgspec.Struct, forbid_unknown_fields=True):
    """Who is the admin from now on, by the number of the account."""

    to: int = 0


def member_routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of members, invites and offered places."""
    page = MemberPages(desk, identity, kit)
    return [
        Route("/g/{slug}/invites", page.invite, methods=["POST"]),
        Route("/g/{slug}/invites/{code}", page.invited, methods=["GET"]),
        Route("/g/{slug}/invites/{invite_id:id}/revoke", page.revoke, methods=["POST"]),
        Route("/g/{slug}/offers", page.offer, methods=["POST"]),
        Route("/g/{slug}/offers/{offer_id:id}/revoke", page.revoke_offer, methods=["POST"]),
        Route("/g/{slug}/members/{account_id:id}/role", page.set_role, methods=["POST"]),
        Route("/g/{slug}/members/{account_id:id}/remove", page.remove, methods=["POST"]),
        Route("/g/{slug}/hand-over", page.hand_over, methods=["POST"]),
        Route("/g/{slug}/display", page.set_display, methods=["POST"]),
        Route("/g/{slug}/leave", page.leave, methods=["POST"]),
        Route("/left/{token}", page.left, methods=["GET"]),
        Route("/left/{token}", page.come_back, methods=["POST"]),
        Route("/offers/{offer_id:id}/accept", page.accept, methods=["POST"]),
        Route("/offers/{offer_id:id}/decline", page.decline, methods=["POST"]),
    ]


class MemberPages(GroupPage):
    """Every change is announced in the group; nothing here can keep it quiet."""

    async def invite(self, request: Request) -> Response:
        """Make an invite and show its link, code and words once."""
        form, found = await read_form(request, InviteForm), await self._group(request)
        group = found.page.group

        async def work() -> Response:
            who = caller_of(request)
            new = await self._identity.make_group_invite(
                who, group.id, form.role, form.uses, form.days
            )
            return to(f"/g/{group.slug}/invites/{new.code}")

        return await self._or_group(request, found, work, form)

    async def invited(self, request: Request) -> Response:
        """Show an invite that was just made. The server keeps only hashes of it."""
        found, code = await self._group(request), request.path_params["code"]
        group, invite = found.page.group, await self._identity.invite(code)
        if invite.group != group or invite.role is None:
            raise NotFound("identity.invite-not-valid")
        words = await self._identity.invite_words(code)
        values = {
            "group": group,
            "invite": invite,
            "role_text": ROLE_TEXTS[invite.role],
            "link": self._kit.address(f"/i/{code}"),
            "words": words.text(self._kit.texts.language_of(request)),
            "place": self._kit.address(""),
        }
        return self._kit.page(request, "invited", values)

    async def revoke(self, request: Request) -> Response:
        """Take an invite back."""
        await read_form(request, NoFields)
        group = (await self._group(request)).page.group
        invite_id = InviteId(request.path_params["invite_id"])
        await self._identity.revoke_invite(caller_of(request), group.id, invite_id)
        return to(f"/g/{group.slug}#invites")

    async def offer(self, request: Request) -> Response:
        """Offer a place to an account. The answer never tells whether there is one."""
        form, found = await read_form(request, OfferForm), await self._group(request)
        group = found.page.group

        async def work() -> Response:
            who = caller_of(request)
            await self._identity.make_offer(who, group.id, form.account, form.role)
            return to(f"/g/{group.slug}#places")

        return await self._or_group(request, found, work, form)

    async def revoke_offer(self, request: Request) -> Response:
        """Take an offered place back."""
        await read_form(request, NoFields)
        group, offer_id = (await self._group(request)).page.group, request.path_params["offer_id"]
        await self._identity.revoke_offer(caller_of(request), group.id, offer_id)
        return to(f"/g/{group.slug}#places")

    async def accept(self, request: Request) -> Response:
        """Take an offered place."""
        await read_form(request, NoFields)
        offer_id = request.path_params["offer_id"]
        group = await self._identity.accept_offer(caller_of(request), offer_id)
        return to(f"/g/{group.slug}")

    async def decline(self, request: Request) -> Response:
        """Leave an offered place; whoever offered it is not told."""
        await read_form(request, NoFields)
        await self._identity.decline_offer(caller_of(request), request.path_params["offer_id"])
        return to("/")

    async def set_role(self, request: Request) -> Response:
        """Give a member another role."""
        form, found = await read_form(request, RoleForm), await self._group(request)
        group, account_id = found.page.group, AccountId(request.path_params["account_id"])

        async def work() -> Response:
            await self._identity.set_role(caller_of(request), group.id, account_id, form.role)
            return to(f"/g/{group.slug}#members")

        return await self._or_group(request, found, work)

    async def remove(self, request: Request) -> Response:
        """Take somebody out of the group."""
        await read_form(request, NoFields)
        found = await self._group(request)
        group, account_id = found.page.group, AccountId(request.path_params["account_id"])

        async def work() -> Response:
            await self._identity.remove_member(caller_of(request), group.id, account_id)
            return to(f"/g/{group.slug}#members")

        return await self._or_group(request, found, work)

    async def hand_over(self, request: Request) -> Response:
        """Make another member the admin in one's own place."""
        form, found = await read_form(request, HandOverForm), await self._group(request)
        group = found.page.group

        async def work() -> Response:
            await self._identity.hand_over(caller_of(request), group.id, AccountId(form.to))
            return to(f"/g/{group.slug}#members")

        return await self._or_group(request, found, work)

    async def set_display(self, request: Request) -> Response:
        """Choose what one is called in the group."""
        form, found = await read_form(request, DisplayForm), await self._group(request)
        group = found.page.group

        async def work() -> Response:
            await self._identity.set_display(caller_of(request), group.id, form.display)
            return to(f"/g/{group.slug}#members")

        return await self._or_group(request, found, work, form)

    async def leave(self, request: Request) -> Response:
        """Leave the group, and go where that can be undone for some seconds."""
        await read_form(request, NoFields)
        found = await self._group(request)

        async def work() -> Response:
            token = await self._identity.leave(caller_of(request), found.page.group.id)
            return to(f"/left/{token}")

        return await self._or_group(request, found, work)

    async def left(self, request: Request) -> Response:
        """Show what was left, with a button that undoes it."""
        token = request.path_params["token"]
        group = await self._identity.left_group(caller_of(request), token)
        return self._kit.page(request, "left", {"group": group, "token": token})

    async def come_back(self, request: Request) -> Response:
        """Undo leaving."""
        await read_form(request, NoFields)
        token = request.path_params["token"]
        group = await self._identity.come_back(caller_of(request), token)
        return to(f"/g/{group.slug}")
