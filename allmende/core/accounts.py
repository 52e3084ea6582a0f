"""Who asks: an account, a guest of one room, or a stranger."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from allmende.core.ids import (
    AccountId,
    AppPasswordId,
    CertificateId,
    GuestId,
    LinkId,
    RoomId,
    SessionId,
)

NAME_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]{1,28}[a-z0-9]")
MAX_DISPLAY_NAME_CHARS: Final = 60


class Scope(StrEnum):
    """What an app password opens. ``.read``: reading alone."""

    CHAT = "chat"
    CHAT_READ = "chat.read"
    VOICE = "voice"
    CLOUD = "cloud"
    CLOUD_READ = "cloud.read"
    PADS = "pads"
    PADS_READ = "pads.read"
    SOCIAL = "social"


class ServerRole(StrEnum):
    """What an account is on the whole server, besides its roles in groups.

    The order of definition is the order of rights.
    """

    NONE = "none"
    INVITER = "inviter"
    MODERATOR = "moderator"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Account:
    """A person with a name that is valid in every protocol."""

    id: AccountId
    name: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody in one room without an account. All of it lives in their cookie and in memory.

    ``link_id`` is the room link they came by, None for the bare address of an open room.
    """

    id: GuestId
    room_id: RoomId
    name: str
    link_id: LinkId | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Both parts empty: a stranger.

    A program that came with an app password has ``app_password_id``, one that came with a bound
    certificate ``certificate_id``; it has ``scopes`` and no session. Somebody who is signed in
    may hold a guest's key as well; the account wins where both fit.
    """

    account_id: AccountId | None = None
    session_id: SessionId | None = None
    guest: Guest | None = None
    app_password_id: AppPasswordId | None = None
    scopes: frozenset[Scope] = frozenset()
    certificate_id: CertificateId | None = None

    @property
    def is_program(self) -> bool:
        """Whether this is a program, which may do no more than its scopes say."""
        return self.app_password_id is not None or self.certificate_id is not None

    def opens(self, wanted: Scope) -> bool:
        """Return whether the scopes of a program open ``wanted``: who may write may read."""
        read = wanted.value.removesuffix(".read")
        return wanted in self.scopes or read in self.scopes

    def guest_of(self, room_id: RoomId) -> Guest | None:
        """Return the guest of this room, if the caller is one."""
        return self.guest if self.guest is not None and self.guest.room_id == room_id else None


STRANGER: Final = Caller()
