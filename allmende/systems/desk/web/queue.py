"""``/queue``: who waits for a decision, waves, and where accounts came from."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Caller
from allmende.core.ids import RequestId
from allmende.identity.model.moderation import Queue
from allmende.identity.model.registration import MAX_ANSWER_CHARS, Mark
from allmende.identity.service import IdentityService
from allmende.systems.desk.model import DONE_TEXTS, STATE_TEXTS
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form
from allmende.webkit.language import own_path

_Decision = Literal["grant", "decline"]
_Act = Literal["freeze", "release", "suspect", "trust", "keep", "let-go"]


class DecisionForm(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody comes in or not; ``answer`` is what they read."""

    decision: _Decision
    answer: str = ""


class WaveForm(DecisionForm, forbid_unknown_fields=True):
    """All of one origin at once."""

    origin: str = ""


class OriginForm(msgspec.Struct, forbid_unknown_fields=True):
    """Freeze or release all accounts of one origin."""

    origin: str
    act: Literal["freeze", "release"]


class AccountForm(msgspec.Struct, forbid_unknown_fields=True):
    """What is done with one account; ``page``: where to go then."""

    act: _Act
    name: str = ""
    page: str = "/queue"


def queue_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of those who moderate the server."""
    pages = QueuePages(identity, kit)
    return [
        Route("/queue", pages.shown, methods=["GET"]),
        Route("/queue/requests/{request_id:id}", pages.decide, methods=["POST"]),
        Route("/queue/waves", pages.decide_wave, methods=["POST"]),
        Route("/queue/origins", pages.move_origin, methods=["POST"]),
        Route("/queue/accounts", pages.act, methods=["POST"]),
    ]


class QueuePages:
    """Each decision is one press; what is refused comes back with the queue as it is now."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the queue, or with ``origin`` the people of one wave."""
        origin = request.query_params.get("origin")
        return self._page(request, await self._identity.queue(caller_of(request), origin), origin)

    async def decide(self, request: Request) -> Response:
        """Let somebody in, or not."""
        form, request_id = await read_form(request, DecisionForm), request.path_params["request_id"]

        async def work() -> None:
            await self._identity.decide(
                caller_of(request),
                RequestId(request_id),
                grant=form.decision == "grant",
                answer=form.answer,
            )

        return await self._or_queue(request, work, f"/queue?done={form.decision}")

    async def decide_wave(self, request: Request) -> Response:
        """Decide about a whole wave."""
        form = await read_form(request, WaveForm)

        async def work() -> None:
            await self._identity.decide_wave(
                caller_of(request),
                form.origin,
                grant=form.decision == "grant",
                answer=form.answer,
            )

        return await self._or_queue(request, work, f"/queue?done={form.decision}")

    async def move_origin(self, request: Request) -> Response:
        """Freeze or release all accounts of one origin."""
        form = await read_form(request, OriginForm)

        async def work() -> None:
            if form.act == "freeze":
                await self._identity.freeze_origin(caller_of(request), form.origin)
            else:
                await self._identity.release_origin(caller_of(request), form.origin)

        return await self._or_queue(request, work, f"/queue?done={form.act}")

    async def act(self, request: Request) -> Response:
        """Freeze, release or mark one account."""
        form = await read_form(request, AccountForm)
        page = own_path(form.page)

        async def work() -> None:
            await self._do(caller_of(request), form)

        done = f"{page}{'&' if '?' in page else '?'}done={form.act}"
        return await self._or_queue(request, work, done, form.name)

    async def _do(self, who: Caller, form: AccountForm) -> None:
        if form.act == "freeze":
            await self._identity.freeze(who, form.name)
        elif form.act == "release":
            await self._identity.release(who, form.name)
        else:
            mark = Mark.SUSPICIOUS if form.act in ("suspect", "trust") else Mark.PERMANENT
            on = form.act in ("suspect", "keep")
            await self._identity.set_mark(who, form.name, mark, on=on)

    async def _or_queue(
        self, request: Request, work: Callable[[], Awaitable[None]], page: str, name: str = ""
    ) -> Response:
        queue = await self._identity.queue(caller_of(request))

        async def done() -> Response:
            await work()
            return to(page)

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, queue, None, name, refusal, status)

        return await self._kit.or_again(request, done, again)

    def _page(
        self,
        request: Request,
        queue: Queue,
        origin: str | None,
        name: str = "",
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        done = request.query_params.get("done", "")
        values = {
            "queue": queue,
            "origin": origin,
            "name": name,
            "refusal": refusal,
            "state_texts": STATE_TEXTS,
            "most_chars": MAX_ANSWER_CHARS,
            "done": "" if refusal else DONE_TEXTS.get(done, ""),
        }
        return self._kit.page(request, "queue", values, status)
