"""The assembly on the web: a page that needs no script, and JSON for the one that has."""

from allmende.systems.plenum.web.api import api_routes, live_views
from allmende.systems.plenum.web.kit import WebKit
from allmende.systems.plenum.web.pages import page_routes

__all__ = ["WebKit", "api_routes", "live_views", "page_routes"]
