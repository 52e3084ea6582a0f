"""Live pads: opened from the log, served to editors, written back, compacted, let go."""

from allmende.systems.pads.service.engine.engine import PadEngine
from allmende.systems.pads.service.engine.sockets import PadSocket, Rights

__all__ = ["PadEngine", "PadSocket", "Rights"]
