"""Files that people put here: how large, for how long, and which messages name them."""

import hmac
import re
import struct
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote

from allmende.core.ids import AccountId

PATH: Final = "/files"
TICKET_FOR: Final = timedelta(minutes=5)
UNNAMED_FOR: Final = timedelta(hours=24)
DAY: Final = timedelta(hours=24)
MAX_FILES: Final = 1000
"""Of one account and day, however small."""

TOKEN_BYTES: Final = 16
MAX_NAME_BYTES: Final = 120
MAX_TYPE_CHARS: Final = 80
UNKNOWN: Final = "application/octet-stream"
PICTURES: Final = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))
"""Those that can be shown, since nothing is left in them but what is seen."""

UNCLEAN: Final = "image/other"
"""A picture that may say where it was taken, and from which that cannot be taken away here."""

HEAD_BYTES: Final = 32
"""So many bytes say what a picture is."""

_PLAYED: Final = re.compile(r"(?:audio|video)/[a-z0-9.+-]+|application/pdf|text/plain")
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_STARTS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", UNCLEAN),
    (b"MM\0*", UNCLEAN),
    (b"\0\0\0\x0cJXL \r\n\x87\n", UNCLEAN),
)
_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
_LINK: Final = re.compile(rb"/files/([A-Za-z0-9_-]{22})/([A-Za-z0-9._~%-]{1,400})")
_MAX_LINKS: Final = 50
"""That one message names: more are not looked at."""

_HEAD: Final = struct.Struct(">IQI")
_MAC_BYTES: Final = 16
_MAX_TICKET_CHARS: Final = 200


class Named(StrEnum):
    """Whether a message names a file: it may be one that only its readers can read."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What somebody may put in a place, and until when."""

    account_id: AccountId
    size: int
    kind: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is here. ``blob``: by what its content is kept."""

    account_id: AccountId
    link: bytes
    blob: str
    kind: str
    size_bytes: int
    uploaded_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Naming:
    """A message that is kept until ``ends_at``. ``author``: None for somebody from elsewhere."""

    author: AccountId | None
    content: bytes
    encrypted: bool
    sent_at: datetime
    ends_at: datetime


def ticket_text(key: bytes, link: bytes, ticket: Ticket) -> str:
    """Return a ticket as it stands in an address: nobody else can make one."""
    until = int(ticket.ends_at.timestamp())
    said = _HEAD.pack(until, ticket.account_id, ticket.size) + ticket.kind.encode()
    return urlsafe_b64encode(_mac(key, link, said) + said).rstrip(b"=").decode()


def ticket_of(key: bytes, link: bytes, text: str) -> Ticket | None:
    """Return the ticket for a place; None if it was made for another one, or not here."""
    if len(text) > _MAX_TICKET_CHARS or not text.isascii():
        return None
    try:
        whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    mac, said = whole[:_MAC_BYTES], whole[_MAC_BYTES:]
    if len(said) < _HEAD.size or not hmac.compare_digest(mac, _mac(key, link, said)):
        return None
    until, account, size = _HEAD.unpack_from(said)
    ends_at = datetime.fromtimestamp(until, UTC)
    return Ticket(AccountId(account), size, said[_HEAD.size :].decode(), ends_at)


def _mac(key: bytes, link: bytes, said: bytes) -> bytes:
    return hmac.digest(key, link + said, "sha256")[:_MAC_BYTES]


def place_of(token: str, name: str) -> str:
    """Return the path of a file."""
    return f"{PATH}/{token}/{quote(name, safe='')}"


def link_of(token: str, name: str) -> bytes:
    """Return by what the address of a file is known again."""
    return sha256(f"{token}/{name}".encode(errors="replace")).digest()


def links_in(content: bytes) -> Set[bytes]:
    """Return what a message names."""
    if PATH.encode() not in content:
        return frozenset()
    found = list(_LINK.finditer(content))[:_MAX_LINKS]
    return {link_of(one[1].decode(), unquote(one[2].decode())) for one in found}


def clean_name(name: str) -> str:
    """Return a name that can stand in an address and on a disk; "file" if nothing is left."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, ending = seen.rpartition(".")
    if dot and len(ending.encode()) <= MAX_NAME_BYTES // 4:
        return _cut(stem, MAX_NAME_BYTES - len(ending.encode()) - 1) + dot + ending
    return _cut(seen, MAX_NAME_BYTES) or "file"


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def clean_kind(said: str) -> str:
    """Return a media type without its parameters, "" for what is none."""
    kind = said.partition(";")[0].strip().lower()
    return kind if len(kind) <= MAX_TYPE_CHARS and _TYPE.fullmatch(kind) else ""


def picture_kind(head: bytes) -> str:
    """Return what picture begins so: one of `PICTURES`, `UNCLEAN`, or "" for none.

    What is encrypted begins like nothing.
    """
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return UNCLEAN if head[4:8] == b"ftyp" and head[8:12] in _BRANDS else ""


def shown_kind(picture: str, said: str) -> str:
    """Return as what a file is handed out: nothing that a browser would take for a page."""
    return picture or (said if _PLAYED.fullmatch(said) else UNKNOWN)
