"""Earlier states of a pad: their list, one of them, a name for the present one, bringing back."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.systems.pads.service.history import HistoryShown
from allmende.systems.pads.service.pads import PadService
from allmende.systems.pads.web.kit import Author, PadKit, address_of, below_pads, to
from allmende.systems.pads.web.pages import about
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form


class NameForm(msgspec.Struct, forbid_unknown_fields=True):
    """A name for the text as it is now."""

    name: str = ""


class RestoreForm(msgspec.Struct, forbid_unknown_fields=True):
    """The state to bring back."""

    state: Annotated[int, Meta(ge=1, le=2**63 - 1)]


def history_routes(pads: PadService, kit: PadKit) -> list[Route]:
    """Return the routes of earlier states."""
    pages = HistoryPages(pads, kit)
    below = [
        ("/history", pages.shown, "GET"),
        ("/history/{state_id:id}", pages.earlier, "GET"),
        ("/revisions", pages.name, "POST"),
        ("/restore", pages.restore, "POST"),
    ]
    return below_pads(below)


class HistoryPages:
    """For those who may see the past."""

    def __init__(self, pads: PadService, kit: PadKit) -> None:
        self._pads = pads
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the states that are kept."""
        found = await self._pads.history(caller_of(request), address_of(request))
        return self._page(request, found)

    async def earlier(self, request: Request) -> Response:
        """Show one state."""
        state_id = request.path_params["state_id"]
        found = await self._pads.earlier(caller_of(request), address_of(request), state_id)
        values = {
            **about(request, self._kit, found.opened),
            "state": found.state,
            "html": found.html,
        }
        return self._kit.page(request, "state", values)

    async def name(self, request: Request) -> Response:
        """Keep the text as it is now under a name."""
        form, author = await read_form(request, NameForm), Author(request)
        who, address = caller_of(request), address_of(request)
        found = await self._pads.history(who, address)

        async def work() -> Response:
            await self._pads.name_state(who, address, author.secret, form.name)
            return author.kept(to(f"{address.base}/history"))

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, form.name, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def restore(self, request: Request) -> Response:
        """Bring a state back."""
        form, author = await read_form(request, RestoreForm), Author(request)
        address = address_of(request)
        await self._pads.restore(caller_of(request), address, author.secret, form.state)
        return author.kept(to(f"{address.base}/history?done=restored"))

    def _page(
        self,
        request: Request,
        found: HistoryShown,
        name: str = "",
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            **about(request, self._kit, found.opened),
            "states": found.states,
            "name": name,
            "refusal": refusal,
            "done": request.query_params.get("done", ""),
        }
        return self._kit.page(request, "history", values, status)
