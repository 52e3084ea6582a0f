"""What the pages of desk show and what is told to people: pure rules and words."""

from allmende.systems.desk.model.people import (
    DONE_TEXTS,
    MODE_TEXTS,
    SERVER_ROLE_TEXTS,
    STATE_TEXTS,
    WHY_TEXTS,
)
from allmende.systems.desk.model.start import (
    LOBBY_TEXTS,
    MAX_TYPED_CHARS,
    RIGHT_TEXTS,
    ROLE_TEXTS,
    TIPS,
    Tip,
    path_of,
)

__all__ = [
    "DONE_TEXTS",
    "LOBBY_TEXTS",
    "MAX_TYPED_CHARS",
    "MODE_TEXTS",
    "RIGHT_TEXTS",
    "ROLE_TEXTS",
    "SERVER_ROLE_TEXTS",
    "STATE_TEXTS",
    "TIPS",
    "WHY_TEXTS",
    "Tip",
    "path_of",
]
