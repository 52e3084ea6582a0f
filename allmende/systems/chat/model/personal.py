"""A message between two people, and how long each side keeps it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId

ENCRYPTED_FOR: Final = timedelta(days=28)
PLAIN_H: Final = 24
MAX_PLAIN_H: Final = 28 * 24
MAX_LISTED: Final = 500
"""Addresses that a choice names."""

OFFLINE_FOR: Final = timedelta(days=7)
MAX_OFFLINE: Final = 200
FETCHES_FOR: Final = timedelta(days=28)
"""Whose apps fetched from the archive within this has nothing waiting besides."""

SAME_FOR: Final = timedelta(hours=24)
"""A message sent again within this is the same one."""

_ORIGIN_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a message: its prepared bare address, and the resource or "".

    ``account_id``: None on another server.
    """

    address: str
    resource: str
    account_id: AccountId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPersonal:
    """A message that is on its way.

    ``content``: the whole of it as it is kept. ``origin``: from `origin_of`, None if its sender
    gave it no id. ``lasts``: it disappears after this, None for no such wish. ``waits``: nobody is
    there to take it now.
    """

    uid: str
    sender: Party
    receiver: Party
    content: bytes
    encrypted: bool
    sent_at: datetime
    origin: bytes | None = None
    lasts: timedelta | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """What one side keeps of a message: a row."""

    account_id: AccountId
    uid: str
    peer: str
    resource: str
    incoming: bool
    origin: bytes | None
    content: bytes
    encrypted: bool
    sent_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a message. ``uid``: of the first one, if it was sent ``again``.

    ``sent``, ``received``: whether that side has it in its archive. ``waiting``: it waits for the
    receiver.
    """

    uid: str
    sent: bool
    received: bool
    waiting: bool = False
    again: bool = False


class Usually(StrEnum):
    """Which messages an account keeps, apart from those that it names."""

    ALWAYS = "always"
    CONTACTS = "contacts"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Choice:
    """What an account keeps. ``plain_h``: hours for what is not encrypted.

    ``fetched_on``: the day on which an app last fetched something.
    """

    usually: Usually = Usually.ALWAYS
    always: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    plain_h: int = PLAIN_H
    fetched_on: datetime | None = None

    def keeps(self, peer: str, *, is_contact: bool) -> bool:
        """Whether messages with ``peer`` are kept; what is named goes before the rest."""
        if peer in self.never:
            return False
        if peer in self.always:
            return True
        return self.usually is Usually.ALWAYS or (self.usually is Usually.CONTACTS and is_contact)

    def fetches(self, now: datetime) -> bool:
        """Whether an app of this account fetches what it missed."""
        return self.fetched_on is not None and now - self.fetched_on <= FETCHES_FOR

    def ends_at(self, new: NewPersonal) -> datetime:
        """Return until when a message is kept; what has ended already is not kept at all."""
        lasts = ENCRYPTED_FOR if new.encrypted else timedelta(hours=self.plain_h)
        return new.sent_at + shorter(lasts, new.lasts)


USUAL: Final = Choice()


def checked(choice: Choice) -> Choice:
    """Return it if it can be kept. Raises InvalidInput ``chat.choice-refused``."""
    if not 0 <= choice.plain_h <= MAX_PLAIN_H:
        raise InvalidInput("chat.choice-refused", detail="hours")
    if len(choice.always) + len(choice.never) > MAX_LISTED:
        raise InvalidInput("chat.choice-refused", detail="too many addresses")
    return choice


def shorter(usual: timedelta, wanted: timedelta | None) -> timedelta:
    """Return the shorter of two times, where there are two."""
    return usual if wanted is None else min(usual, wanted)


def origin_of(sender: str, receiver: str, origin_id: str) -> bytes | None:
    """Return by what a message is known again that the same sender sends again."""
    if not origin_id:
        return None
    named = f"{sender}\0{receiver}\0{origin_id}".encode()
    return blake2b(named, digest_size=_ORIGIN_BYTES).digest()
