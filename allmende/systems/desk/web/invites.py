"""``/i/CODE``: an invite as the invited see it; ``/me/invites``: one's own."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import InvalidInput, NotFound
from allmende.core.ids import InviteId
from allmende.identity.model.answers import InviteShown
from allmende.identity.model.strength import NEEDS_SECOND_STEP
from allmende.identity.service import IdentityService
from allmende.systems.desk.model import ROLE_TEXTS, SERVER_ROLE_TEXTS
from allmende.systems.desk.web.account import NoFields
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.systems.desk.web.newcomers import NewcomerForm, Newcomers
from allmende.webkit.forms import Refusal
from allmende.webkit.http import account_of, caller_of, read_form


def invite_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of invites."""
    pages, own = InvitePages(identity, kit), OwnInvitePages(identity, kit)
    return [
        Route("/i/{code}", pages.shown, methods=["GET"]),
        Route("/i/{code}", pages.accept, methods=["POST"]),
        Route("/i/{code}/join", pages.join, methods=["POST"]),
        Route("/me/invites", own.shown, methods=["GET"]),
        Route("/me/invites", own.make, methods=["POST"]),
        Route("/me/invites/{code}", own.made, methods=["GET"]),
        Route("/me/invites/{invite_id:id}/revoke", own.revoke, methods=["POST"]),
    ]


class InvitePages(Newcomers):
    """For people without an account, and for those who bring one."""

    async def shown(self, request: Request) -> Response:
        """Show who invites, and the form; six mistyped words come back with a proposal."""
        try:
            return self._form(request, await self._asked(request))
        except InvalidInput as refused:
            t = self._kit.pages.translator(request)
            refusal = Refusal("link", t(refused.message_id, **refused.values))
            typed = refused.values.get("proposal", request.path_params["code"].replace("-", " "))
            return self._kit.page(request, "words", {"link": typed, "refusal": refusal}, 400)

    async def accept(self, request: Request) -> Response:
        """Make an account, show its recovery kit and lead into the group."""
        typed = await read_form(request, NewcomerForm)
        invite, code = await self._asked(request), request.path_params["code"]

        async def work() -> Response:
            passkey = await self.passkey(typed)
            session = await self._identity.accept_invite(code, typed.name, typed.password, passkey)
            page = "/" if invite.group is None else f"/g/{invite.group.slug}"
            bare = passkey is None and invite.server_role in NEEDS_SECOND_STEP
            return await self.welcome(request, session, page, second_step=bare)

        def again(refusal: Refusal, status: int) -> Response:
            return self._form(request, invite, typed, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def join(self, request: Request) -> Response:
        """Join with the account that is signed in."""
        await read_form(request, NoFields)
        code = request.path_params["code"]
        who = caller_of(request)
        group = await self._kit.guessed(
            request, code, lambda: self._identity.join_by_invite(who, code)
        )
        return to(f"/g/{group.slug}")

    async def _asked(self, request: Request) -> InviteShown:
        code = request.path_params["code"]
        return await self._kit.guessed(request, code, lambda: self._identity.invite(code))

    def _form(
        self,
        request: Request,
        invite: InviteShown,
        form: NewcomerForm | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            **self.values(request, form),
            "invite": invite,
            "role_texts": ROLE_TEXTS,
            "server_role_texts": SERVER_ROLE_TEXTS,
            "path": f"/i/{request.path_params['code']}",
            "refusal": refusal,
        }
        return self._kit.page(request, "invite", values, status)


class OwnInvitePages:
    """The few invites that everybody has."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show how many invites are left, and those that are out."""
        return await self._page(request)

    async def make(self, request: Request) -> Response:
        """Make one and show it once."""
        await read_form(request, NoFields)
        new = await self._identity.make_own_invite(caller_of(request))
        return to(f"/me/invites/{new.code}")

    async def made(self, request: Request) -> Response:
        """Show an invite that was just made. The server keeps only hashes of it."""
        account_of(request)
        code = request.path_params["code"]
        invite = await self._kit.found(request, self._identity.invite(code))
        if invite.group is not None:
            raise NotFound("identity.invite-not-valid")
        words = await self._identity.invite_words(code)
        values = {
            "invite": invite,
            "link": self._kit.address(f"/i/{code}"),
            "words": words.text(self._kit.texts.language_of(request)),
            "place": self._kit.address(""),
        }
        return self._kit.page(request, "own-invited", values)

    async def revoke(self, request: Request) -> Response:
        """Take one back."""
        await read_form(request, NoFields)
        invite_id = InviteId(request.path_params["invite_id"])
        await self._identity.revoke_own_invite(caller_of(request), invite_id)
        return to("/me/invites")

    async def _page(self, request: Request) -> Response:
        own = await self._identity.own_invites(caller_of(request))
        return self._kit.page(request, "own-invites", {"own": own})
