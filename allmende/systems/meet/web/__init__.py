"""What people see of a call: its pages, the JSON that its page asks, its live events."""

from allmende.systems.meet.web.api import api_routes
from allmende.systems.meet.web.kit import WebKit
from allmende.systems.meet.web.live import live_views
from allmende.systems.meet.web.pages import page_routes

__all__ = ["WebKit", "api_routes", "live_views", "page_routes"]
