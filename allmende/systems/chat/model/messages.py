"""What a message is, and which texts can become one."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId, GuestId, MessageId, RoomId

MAX_TEXT_CHARS: Final = 4000
MAX_KEY_CHARS: Final = 64
PAGE: Final = 50

_LINK: Final = re.compile(r"https?://[^\s<>\"'`]{1,2000}")
_TRAILING: Final = ".,;:!?)]}…»“”\N{RIGHT SINGLE QUOTATION MARK}"
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Message:
    """One text. The author is an account, or a guest whose name is kept with this text only.

    ``kind`` is empty for what people write. ``content``: the whole of it as an app sent it, None
    where it came from a page.
    """

    id: MessageId
    room_id: RoomId
    account_id: AccountId | None
    guest_id: GuestId | None
    author: str
    text: str
    sent_at: datetime
    ends_at: datetime
    kind: str = ""
    content: bytes | None = None


MEMBERSHIP: Final = "membership"
"""The kind of a message that the house writes: ``text`` is a change of membership, ``author``
and ``account_id`` whom it is about. Nobody can write or delete one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message that has no number yet. ``key`` is the client's own name for it."""

    room_id: RoomId
    account_id: AccountId | None
    guest_id: GuestId | None
    author: str
    text: str
    key: str
    sent_at: datetime
    ends_at: datetime
    kind: str = ""
    content: bytes | None = None

    def numbered(self, number: MessageId) -> Message:
        """Return the message as it is read back."""
        return Message(
            number,
            self.room_id,
            self.account_id,
            self.guest_id,
            self.author,
            self.text,
            self.sent_at,
            self.ends_at,
            self.kind,
            self.content,
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; ``link`` is its address if it can be followed, else empty."""

    text: str
    link: str = ""


def clean_text(text: str) -> str:
    """Return ``text`` as it is stored: no control characters, no empty ends.

    Raises InvalidInput ``chat.empty``, ``chat.too-long`` with the ``limit``.
    """
    clean = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not clean:
        raise InvalidInput("chat.empty", field="text")
    if len(clean) > MAX_TEXT_CHARS:
        raise InvalidInput("chat.too-long", field="text", limit=MAX_TEXT_CHARS)
    return clean


def clean_key(key: str) -> str:
    """Return the client's name for a message. Raises InvalidInput ``chat.key-refused``."""
    if not 1 <= len(key) <= MAX_KEY_CHARS or not key.isascii() or not key.isprintable():
        raise InvalidInput("chat.key-refused", field="key")
    return key


def pieces(text: str) -> tuple[Piece, ...]:
    """Cut a text where it names an address of the web.

    Only http and https can be followed; the punctuation behind an address is not part of it,
    but a closing bracket that was opened inside it is (``.../Commons_(DE)``).
    """
    found: list[Piece] = []
    at = 0
    for match in _LINK.finditer(text):
        link = _without_punctuation(match.group())
        if link.partition("://")[2]:
            if match.start() > at:
                found.append(Piece(text[at : match.start()]))
            found.append(Piece(link, link))
            at = match.start() + len(link)
    if at < len(text):
        found.append(Piece(text[at:]))
    return tuple(found)


def _without_punctuation(link: str) -> str:
    while link and link[-1] in _TRAILING:
        if link[-1] == ")" and link.count("(") >= link.count(")"):
            break
        link = link[:-1]
    return link
