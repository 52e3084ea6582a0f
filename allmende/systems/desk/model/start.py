"""Tips, the words of roles and rights, and what a typed link means."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from allmende.core.errors import InvalidInput
from allmende.core.groups import Role
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.model.words import typed_words

MAX_TYPED_CHARS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Tip:
    """What our users told each other before calls. ``icon`` is a drawing of the kit."""

    icon: str
    title: str
    text: str


TIPS: Final = (
    Tip("headphones", "desk.tip-headset", "desk.tip-headset-text"),
    Tip("mic-off", "desk.tip-mute", "desk.tip-mute-text"),
    Tip("users", "desk.tip-try", "desk.tip-try-text"),
    Tip("video-off", "desk.tip-camera", "desk.tip-camera-text"),
    Tip("link", "desk.tip-cable", "desk.tip-cable-text"),
    Tip("user", "desk.tip-name", "desk.tip-name-text"),
)

ROLE_TEXTS: Final = {
    Role.GUEST: "desk.role-guest",
    Role.MEMBER: "desk.role-member",
    Role.FACILITATOR: "desk.role-facilitator",
    Role.ADMIN: "desk.role-admin",
}
RIGHT_TEXTS: Final = {
    LinkRight.LISTEN: "desk.right-listen",
    LinkRight.SPEAK: "desk.right-speak",
    LinkRight.FACILITATE: "desk.right-facilitate",
}
LOBBY_TEXTS: Final = {
    Lobby.OFF: "desk.lobby-off",
    Lobby.GUESTS: "desk.lobby-guests",
    Lobby.ALL: "desk.lobby-all",
}

_ROOM: Final = re.compile(r"/?(?:r/)?([a-z0-9]{10,40})(?:/call)?/?", re.ASCII)
_PLACE: Final = re.compile(r"/(?:i|g|signin)/[A-Za-z0-9_-]{1,200}/?", re.ASCII)
_QUERY: Final = re.compile(r"g=[A-Za-z0-9_-]{1,200}", re.ASCII)


def path_of(typed: str, own_url: str) -> str:
    """Return the path of this server that a typed link, a room's address or six words mean.

    ``own_url`` is what people type for this server. Raises InvalidInput ``link``:
    ``desk.link-elsewhere`` for another server, ``desk.link-not-understood`` for anything else.
    """
    link = typed.strip()
    if words := typed_words(link):
        return f"/i/{'-'.join(words)}"
    if not link or len(link) > MAX_TYPED_CHARS:
        raise InvalidInput("desk.link-not-understood", field="link")
    try:
        parts = urlsplit(_with_scheme(link, own_url))
    except ValueError:
        raise InvalidInput("desk.link-not-understood", field="link") from None
    if parts.netloc and parts.netloc.lower() != urlsplit(own_url).netloc.lower():
        raise InvalidInput("desk.link-elsewhere", field="link")
    room = _ROOM.fullmatch(parts.path)
    if room is None:
        if _PLACE.fullmatch(parts.path):
            return parts.path.rstrip("/")
        raise InvalidInput("desk.link-not-understood", field="link")
    query = f"?{parts.query}" if _QUERY.fullmatch(parts.query) else ""
    return f"/r/{room[1]}/call{query}"


def _with_scheme(link: str, own_url: str) -> str:
    """People copy links without ``https://``, too."""
    host = urlsplit(own_url).netloc
    return f"//{link}" if link.lower().startswith(host.lower() + "/") else link
