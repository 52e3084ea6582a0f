"""How one signs in: one's own page, passkeys, password, and proving it once more."""

from typing import Final
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.ids import PasskeyId
from allmende.identity.model.passwords import MIN_CHARS
from allmende.identity.model.strength import NEEDS_SECOND_STEP
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.arriving import SECOND_STEP_PAGE, Arrivals
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.errors import PROOF_PAGE
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, json_response, read_form, read_json
from allmende.webkit.language import own_path

_TOO_MANY: Final = 429


class ChangeForm(msgspec.Struct, forbid_unknown_fields=True):
    """Another password."""

    old: str = ""
    new: str = ""


class ConfirmForm(msgspec.Struct, forbid_unknown_fields=True):
    """Prove it once more; ``page``: where to go then."""

    password: str = ""
    code: str = ""
    passkey: str = ""
    passkey_ticket: str = ""
    page: str = "/me"
    proof: str = ""


class NewPasskeyForm(msgspec.Struct, forbid_unknown_fields=True):
    """What ``<allmende-passkey>`` fills in; ``page``: where to go then."""

    passkey: str = ""
    passkey_ticket: str = ""
    page: str = "/me?done=passkey"


class NewPasskeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """For whom a passkey is to be made: oneself (no name), or an account that is not there yet."""

    name: str = ""


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def security_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of one's own page."""
    pages, passkeys = OwnPages(identity, kit), PasskeyPages(identity, kit)
    return [
        Route("/me", pages.shown, methods=["GET"]),
        Route("/me/password", pages.to_own, methods=["GET"]),
        Route("/me/password", pages.change_password, methods=["POST"]),
        Route(PROOF_PAGE, pages.confirm_shown, methods=["GET"]),
        Route(PROOF_PAGE, pages.confirm, methods=["POST"]),
        Route("/me/passkeys", pages.to_own, methods=["GET"]),
        Route("/me/passkeys/new", passkeys.shown, methods=["GET"]),
        Route("/me/passkeys/new", passkeys.add, methods=["POST"]),
        Route("/me/passkeys/{passkey_id:id}/remove", passkeys.remove, methods=["POST"]),
        Route("/api/v1/passkeys/ask", passkeys.ask, methods=["POST"]),
        Route("/api/v1/passkeys/new", passkeys.new, methods=["POST"]),
        Route("/.well-known/change-password", pages.change_address, methods=["GET"]),
    ]


class OwnPages:
    """How somebody signs in, on their own page."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit
        self._arrivals = Arrivals(identity, kit)

    async def shown(self, request: Request) -> Response:
        """Show what one can sign in with, and the form for another password."""
        return await self._page(request)

    async def to_own(self, request: Request) -> Response:
        """Somebody loads the address of a form again."""
        return to("/me")

    async def change_address(self, request: Request) -> Response:
        """Password managers look here. Source: Well-Known URL for Changing Passwords, W3C."""
        return to("/me#password")

    async def change_password(self, request: Request) -> Response:
        """Set another password; all other sessions end."""
        form, who = await read_form(request, ChangeForm), caller_of(request)
        await self._identity.person(who)
        before = await self._values(request)

        async def work() -> Response:
            await self._identity.change_password(who, form.old, form.new)
            return to("/me?done=password")

        def again(refusal: Refusal, status: int) -> Response:
            return self._kit.page(request, "me", {**before, "refusal": refusal, "done": ""}, status)

        return await self._kit.or_again(request, work, again)

    async def confirm_shown(self, request: Request) -> Response:
        """Ask for a proof; who lacks the second step that their role needs goes on to it."""
        who, page = caller_of(request), own_path(request.query_params.get("page", "/me"))
        person, proofs = await self._identity.person(who), await self._identity.proofs(who)
        if person.role in NEEDS_SECOND_STEP and not proofs.second and await self._is_fresh(request):
            return to(f"{SECOND_STEP_PAGE}?page={quote(page)}")
        values = {"page": page, "proofs": proofs, "refusal": None, "slow": False}
        return self._confirm_page(request, values)

    async def confirm(self, request: Request) -> Response:
        """Note the proof and go on."""
        form, who = await read_form(request, ConfirmForm), caller_of(request)
        proofs = await self._identity.proofs(who)

        async def work() -> Response:
            if form.passkey:
                ticket, answer = form.passkey_ticket, form.passkey
                await self._identity.confirm_by_passkey(who, ticket, answer)
            else:
                worked = self._arrivals.worked(form.proof)
                await self._identity.confirm(who, form.password, form.code, worked=worked)
            return to(own_path(form.page))

        def again(refusal: Refusal, status: int) -> Response:
            values = {
                "page": own_path(form.page),
                "proofs": proofs,
                "refusal": refusal,
                "slow": status == _TOO_MANY,
            }
            return self._confirm_page(request, values, status)

        return await self._kit.or_again(request, work, again)

    def _confirm_page(
        self, request: Request, values: dict[str, object], status: int = 200
    ) -> Response:
        values["passkeys"] = self._identity.has_passkeys
        return self._kit.page(request, "confirm", values, status)

    async def _is_fresh(self, request: Request) -> bool:
        return await self._identity.is_strong(caller_of(request))

    async def _page(self, request: Request) -> Response:
        return self._kit.page(request, "me", await self._values(request))

    async def _values(self, request: Request) -> dict[str, object]:
        who = caller_of(request)
        return {
            "person": await self._identity.person(who),
            "proofs": await self._identity.proofs(who),
            "has_kit": await self._identity.has_kit(who),
            "codes_left": await self._identity.backup_codes_left(who),
            "passkeys": self._identity.has_passkeys,
            "refusal": None,
            "done": request.query_params.get("done", ""),
            "min_chars": MIN_CHARS,
        }


class PasskeyPages:
    """Passkeys of somebody who is signed in, and the questions that the browser is given."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the button that makes a passkey."""
        await self._identity.require_strong(caller_of(request))
        page = own_path(request.query_params.get("page", "/me?done=passkey"))
        return self._form(request, page)

    async def add(self, request: Request) -> Response:
        """Keep the passkey that the browser made."""
        form, who = await read_form(request, NewPasskeyForm), caller_of(request)

        async def work() -> Response:
            await self._identity.add_passkey(who, form.passkey_ticket, form.passkey)
            return to(own_path(form.page))

        def again(refusal: Refusal, status: int) -> Response:
            return self._form(request, own_path(form.page), refusal, status)

        return await self._kit.or_again(request, work, again)

    async def remove(self, request: Request) -> Response:
        """Remove a passkey."""
        await read_form(request, NoFields)
        passkey_id = PasskeyId(request.path_params["passkey_id"])
        await self._identity.remove_passkey(caller_of(request), passkey_id)
        return to("/me/devices?done=passkey")

    async def ask(self, request: Request) -> Response:
        """Answer with what the browser needs to prove a passkey of this server."""
        await read_json(request, NoFields)
        return json_response(await self._identity.asked_passkey())

    async def new(self, request: Request) -> Response:
        """Answer with what the browser needs to make a passkey."""
        body, who = await read_json(request, NewPasskeyBody), caller_of(request)
        if body.name or who.account_id is None:
            return json_response(await self._identity.passkey_options(body.name))
        return json_response(await self._identity.own_passkey_options(who))

    def _form(
        self, request: Request, page: str, refusal: Refusal | None = None, status: int = 200
    ) -> Response:
        values = {"page": page, "refusal": refusal, "passkeys": self._identity.has_passkeys}
        return self._kit.page(request, "new-passkey", values, status)
