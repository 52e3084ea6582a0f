"""The second step: switched on with an app, its codes on paper, switched off."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.identity.model.strength import NEEDS_SECOND_STEP
from allmende.identity.model.totp import TotpOffer
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.arriving import SECOND_STEP_PAGE
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form
from allmende.webkit.language import own_path


class BeginForm(msgspec.Struct, forbid_unknown_fields=True):
    """The offer that the app has taken, and a first code of it."""

    offer: str = ""
    code: str = ""
    page: str = "/me"


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def second_step_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of the second step."""
    pages = SecondStepPages(identity, kit)
    return [
        Route(SECOND_STEP_PAGE, pages.shown, methods=["GET"]),
        Route(SECOND_STEP_PAGE, pages.begin, methods=["POST"]),
        Route(f"{SECOND_STEP_PAGE}/codes", pages.new_codes, methods=["POST"]),
        Route(f"{SECOND_STEP_PAGE}/end", pages.end, methods=["POST"]),
    ]


class SecondStepPages:
    """For everybody who wants one, and first of all for those who need one."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show a new secret for an app; where there is one already, what can be done with it."""
        who, page = caller_of(request), own_path(request.query_params.get("page", "/me"))
        await self._identity.require_strong(who)
        if not (await self._identity.proofs(who)).totp:
            return await self._form(request, await self._identity.offer_totp(who), page)
        values = {
            "done": request.query_params.get("done", ""),
            "codes_left": await self._identity.backup_codes_left(who),
        }
        return self._kit.page(request, "second-step-on", values)

    async def begin(self, request: Request) -> Response:
        """Switch it on and show the codes for paper, this once."""
        form, who = await read_form(request, BeginForm), caller_of(request)
        offer = await self._identity.offered_totp(who, form.offer)
        needed = await self._needed(request)

        async def work() -> Response:
            codes = await self._identity.begin_totp(who, form.offer, form.code)
            return self._codes(request, codes, own_path(form.page))

        def again(refusal: Refusal, status: int) -> Response:
            values = _values(offer, own_path(form.page), needed, self._identity.has_passkeys)
            return self._kit.page(request, "second-step", {**values, "refusal": refusal}, status)

        return await self._kit.or_again(request, work, again)

    async def new_codes(self, request: Request) -> Response:
        """Make other codes for paper and show them, this once."""
        await read_form(request, NoFields)
        codes = await self._identity.new_backup_codes(caller_of(request))
        return self._codes(request, codes, SECOND_STEP_PAGE)

    async def end(self, request: Request) -> Response:
        """Switch it off."""
        await read_form(request, NoFields)
        await self._identity.end_totp(caller_of(request))
        return to("/me?done=second-step-off")

    def _codes(self, request: Request, codes: Sequence[str], page: str) -> Response:
        return self._kit.page(request, "backup-codes", {"codes": codes, "page": page})

    async def _form(self, request: Request, offer: TotpOffer, page: str) -> Response:
        needed = await self._needed(request)
        values = _values(offer, page, needed, self._identity.has_passkeys)
        return self._kit.page(request, "second-step", values)

    async def _needed(self, request: Request) -> bool:
        """Return whether the role of the person asks for a second step that is not there."""
        who = caller_of(request)
        person, proofs = await self._identity.person(who), await self._identity.proofs(who)
        return person.role in NEEDS_SECOND_STEP and not proofs.second


def _values(offer: TotpOffer, page: str, needed: bool, passkeys: bool) -> dict[str, object]:
    spaced = " ".join(offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4))
    return {
        "offer": offer,
        "spaced": spaced,
        "page": page,
        "needed": needed,
        "passkeys": passkeys,
        "refusal": None,
    }
