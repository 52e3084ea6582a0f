"""``/op/handouts``: what the command line wants of other people's data, and who agrees."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.ids import HandoutId
from allmende.identity.model.handouts import CONSENTS_NEEDED, Handout
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form

_PAGE: Final = "/op/handouts"
_DONE_TEXTS: Final = {"agree": "desk.handout-agreed-done", "refuse": "desk.handout-refused-done"}


class AnswerForm(msgspec.Struct, forbid_unknown_fields=True):
    """The answer of an operator."""

    answer: Literal["agree", "refuse"]


def handout_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of operators about handing out."""
    pages = HandoutPages(identity, kit)
    return [
        Route(_PAGE, pages.shown, methods=["GET"]),
        Route(f"{_PAGE}/{{handout_id:id}}", pages.answer, methods=["POST"]),
    ]


class HandoutPages:
    """What waits; agreeing needs a fresh proof, refusing does not."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show what waits."""
        return self._page(request, await self._identity.handouts(caller_of(request)))

    async def answer(self, request: Request) -> Response:
        """Agree or refuse."""
        form, who = await read_form(request, AnswerForm), caller_of(request)
        handout_id = HandoutId(request.path_params["handout_id"])
        waiting = await self._identity.handouts(who)

        async def work() -> Response:
            if form.answer == "agree":
                await self._identity.agree_to_handout(who, handout_id)
            else:
                await self._identity.refuse_handout(who, handout_id)
            return to(f"{_PAGE}?done={form.answer}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, waiting, refusal, status)

        return await self._kit.or_again(request, work, again)

    def _page(
        self,
        request: Request,
        waiting: Sequence[Handout],
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        done = "" if refusal else request.query_params.get("done", "")
        values = {
            "here": _PAGE,
            "waiting": waiting,
            "needed": CONSENTS_NEEDED,
            "refusal": refusal,
            "done": _DONE_TEXTS.get(done, ""),
        }
        return self._kit.page(request, "op-handouts", values, status)
