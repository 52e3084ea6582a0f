"""The pages of pads. Without scripts a pad shows its text, its exports and a form to add to it."""

from starlette.routing import Route

from allmende.systems.pads.service.pads import PadService
from allmende.systems.pads.web.history import history_routes
from allmende.systems.pads.web.kit import PadKit
from allmende.systems.pads.web.making import making_routes
from allmende.systems.pads.web.pages import base_routes, page_routes
from allmende.systems.pads.web.settings import settings_routes

__all__ = ["PadKit", "routes"]


def routes(pads: PadService, kit: PadKit) -> list[Route]:
    """Return the paths of pads; reserved words keep names and what lies below them apart."""
    return [
        *making_routes(pads, kit),
        *page_routes(pads, kit),
        *history_routes(pads, kit),
        *settings_routes(pads, kit),
        *base_routes(pads, kit),
    ]
