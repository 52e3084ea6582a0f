"""What programs speak with pads: y-protocols over one WebSocket."""

from allmende.systems.pads.wire.sync import PATH, live_routes

__all__ = ["PATH", "live_routes"]
