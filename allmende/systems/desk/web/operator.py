"""The operator's room: doctor, certificate, backups, other servers; as ``allmende check`` says."""

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.findings import Finding, Round, State
from allmende.systems.desk.service.operating import OperatingService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.http import caller_of, read_form

_CHECK: Final = "/check"
_WORST_FIRST: Final = (State.BROKEN, State.WARNING, State.GOOD)


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def operator_routes(operating: OperatingService, kit: DeskKit, areas: Sequence[str]) -> list[Route]:
    """Return the routes of the room; ``areas`` are those of the doctor, in order."""
    room = OperatorRoom(operating, kit, areas)
    return [
        Route("/op", room.overview, methods=["GET"]),
        Route("/op/certificate", room.certificate, methods=["GET"]),
        Route("/op/backups", room.backups, methods=["GET"]),
        Route("/op/servers", room.servers, methods=["GET"]),
        Route(_CHECK, room.check, methods=["GET"]),
        Route(_CHECK, room.look, methods=["POST"]),
    ]


class OperatorRoom:
    """Its pages. None of them lists people or what they write."""

    def __init__(self, operating: OperatingService, kit: DeskKit, areas: Sequence[str]) -> None:
        self._operating = operating
        self._kit = kit
        self._areas = areas

    async def overview(self, request: Request) -> Response:
        """Show what is not good, and where to go."""
        last = await self._operating.last_round(caller_of(request))
        wrong = [] if last is None else not_good(last)
        return self._page(request, "op", {"last": last, "wrong": wrong})

    async def check(self, request: Request) -> Response:
        """Show what the doctor found last, by what it is about."""
        last = await self._operating.last_round(caller_of(request))
        return self._page(request, "check", {"last": last, "areas": self._by_area(last)})

    async def look(self, request: Request) -> Response:
        """Look again, now."""
        await read_form(request, NoFields)
        await self._operating.look(caller_of(request))
        return to(_CHECK)

    async def certificate(self, request: Request) -> Response:
        """Show how the certificate stands."""
        shown = await self._operating.certificate(caller_of(request))
        return self._page(request, "op-certificate", {"certificate": shown})

    async def backups(self, request: Request) -> Response:
        """Show what became of the last backups."""
        shown = await self._operating.backups(caller_of(request))
        return self._page(request, "op-backups", {"backups": shown})

    async def servers(self, request: Request) -> Response:
        """Show how it stands with other servers."""
        shown = await self._operating.servers(caller_of(request))
        return self._page(request, "op-servers", {"shown": shown})

    def _by_area(self, last: Round | None) -> list[tuple[str, list[Finding]]]:
        found = [] if last is None else last.findings
        return [(area, [each for each in found if each.area == area]) for area in self._areas]

    def _page(self, request: Request, name: str, values: dict[str, object]) -> Response:
        return self._kit.page(request, name, {"here": request.url.path, **values})


def not_good(last: Round) -> list[Finding]:
    """Return what has a remedy, the worst first."""
    wrong = [finding for finding in last.findings if finding.state is not State.GOOD]
    return sorted(wrong, key=lambda finding: _WORST_FIRST.index(finding.state))
