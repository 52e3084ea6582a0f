"""The light page for voice: sound alone, for phones and old computers (spec voice, 10)."""

from starlette.routing import BaseRoute

from allmende.systems.voice.service.lightpages import LightPages
from allmende.systems.voice.service.settings import Settings
from allmende.systems.voice.web.api import api_routes
from allmende.systems.voice.web.kit import WebKit
from allmende.systems.voice.web.live import live_routes
from allmende.systems.voice.web.pages import page_routes
from allmende.systems.voice.web.settings import settings_routes

__all__ = ["WebKit", "routes"]


def routes(pages: LightPages, settings: Settings, kit: WebKit) -> list[BaseRoute]:
    """Return the page, its JSON and its WebSocket, and the settings of a room."""
    return [
        *page_routes(pages, kit),
        *settings_routes(settings, kit),
        *api_routes(pages, kit),
        *live_routes(pages, kit),
    ]
