"""Names and addresses of pads: what may be one, how names are compared, what is random."""

import hashlib
import re
import secrets
import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from allmende.core.errors import InvalidInput
from allmende.core.ids import GroupId, RoomId

MAX_NAME_CHARS: Final = 80
TEMP_DAYS: Final = 1
KEEP_DAYS: Final = 365
_RANDOM_CHARS: Final = 26
"""Of base32: 128 bits and two of padding."""

_WORDS: Final = """
append deleted export history import made me new restore revisions session settings state
timeslider ws
"""
RESERVED: Final = frozenset(_WORDS.split())
"""Words that stand behind the name of a pad in addresses."""

_REFUSED: Final = re.compile(r"[/?#&$%\\]")
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RANDOM: Final = re.compile(r"[a-z2-7]{26}")
_LINK: Final = re.compile(r"[a-z]\.([A-Za-z0-9_-]{22})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody looks for a pad; ``group`` and ``room`` are slugs, at most one is given."""

    name: str
    group: str = ""
    room: str = ""

    @property
    def base(self) -> str:
        """Return the path of the pad's page; what belongs to it lies below."""
        name = quote(self.name, safe="")
        if self.room:
            return f"/r/{quote(self.room, safe='')}/pads/{name}"
        return f"/p/{quote(self.group, safe='')}/{name}" if self.group else f"/p/{name}"

    @property
    def token(self) -> str | None:
        """Return the token if this is a link. The letter before it means nothing."""
        found = None if self.group or self.room else _LINK.fullmatch(self.name)
        return None if found is None else found[1]

    @property
    def is_random(self) -> bool:
        """Return whether this is an address that nobody chose."""
        return not (self.group or self.room) and _RANDOM.fullmatch(self.name) is not None


def clean_name(text: str, field: str = "name") -> str:
    """Return what a pad is called in its address: blanks become hyphens.

    Raises InvalidInput ``pads.name-refused``, ``pads.name-reserved`` with the ``field``.
    """
    if len(text) > 4 * MAX_NAME_CHARS or any(map(_is_refused, text.strip())):
        raise InvalidInput("pads.name-refused", field=field, max=MAX_NAME_CHARS)
    name = "-".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= MAX_NAME_CHARS or not name.strip("-._") or name.startswith("."):
        raise InvalidInput("pads.name-refused", field=field, max=MAX_NAME_CHARS)
    if folded(name) in RESERVED:
        raise InvalidInput("pads.name-reserved", field=field)
    return name


def clean_top_name(text: str, field: str = "name") -> str:
    """Return a name outside of groups and rooms: besides, nothing that looks like a link.

    Raises InvalidInput ``pads.name-refused``, ``pads.name-reserved``.
    """
    name = clean_name(text, field)
    if _RANDOM.fullmatch(folded(name)) or (len(name) > 1 and name[1] == "."):
        raise InvalidInput("pads.name-reserved", field=field)
    return name


def folded(name: str) -> str:
    """Return what names are compared by: ``Küche`` and ``KÜCHE`` are the same pad."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def random_name() -> str:
    """Return an address of 128 random bits."""
    return b32encode(secrets.token_bytes(17)).decode("ascii")[:_RANDOM_CHARS].lower()


def group_place(group_id: GroupId, name: str) -> str:
    """Return the unique place of a pad of a group."""
    return f"g{group_id}:{folded(name)}"


def room_place(room_id: RoomId, name: str) -> str:
    """Return the unique place of a pad of a room."""
    return f"r{room_id}:{folded(name)}"


def random_place(name: str) -> str:
    """Return the unique place of a pad at a random address: only a hash of it is kept."""
    return f"x:{hashlib.sha256(name.encode()).hexdigest()}"


def top_place(name: str) -> str:
    """Return the unique place of a pad with a name at top level."""
    return f"n:{folded(name)}"


def expiry_days(name: str, usual: int) -> int:
    """Return after how many idle days a pad ends: its name may say so (``-temp``, ``-keep``)."""
    last = folded(name).rpartition("-")
    if last[0] and last[2] in ("temp", "keep"):
        return TEMP_DAYS if last[2] == "temp" else KEEP_DAYS
    return usual


def _is_refused(character: str) -> bool:
    if character in "\t\n\r":
        return True
    if _REFUSED.match(character):
        return True
    return unicodedata.category(character) in _REFUSED_CATEGORIES
