"""What goes wrong on purpose, as Mumble says it: one table (spec voice, 14).

Before the end of the login the answer is a Reject, after it a PermissionDenied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from allmende.core.errors import (
    AllmendeError,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProofNeeded,
    QuotaExceeded,
    TooManyRequests,
    Unavailable,
    UserError,
)
from allmende.core.permissions import Permission
from allmende.protocols.mumble.messages import DenyType, PermissionDenied, Reject, RejectType
from allmende.systems.voice.model.bits import Bit
from allmende.systems.voice.service.needs import Words


@dataclass(frozen=True, slots=True)
class Answer:
    """How a kind of error is said, during the login and after it."""

    reject: RejectType
    deny: DenyType


_FAILED: Final = RejectType.AUTHENTICATOR_FAIL

ANSWERS: Final[Mapping[type[AllmendeError], Answer]] = {
    AllmendeError: Answer(_FAILED, DenyType.TEXT),
    UserError: Answer(RejectType.NONE, DenyType.TEXT),
    InvalidInput: Answer(RejectType.INVALID_USERNAME, DenyType.TEXT),
    NotSignedIn: Answer(RejectType.WRONG_USER_PW, DenyType.TEXT),
    NotAllowed: Answer(RejectType.WRONG_USER_PW, DenyType.PERMISSION),
    ProofNeeded: Answer(RejectType.WRONG_USER_PW, DenyType.PERMISSION),
    NotFound: Answer(RejectType.WRONG_USER_PW, DenyType.TEXT),
    Conflict: Answer(RejectType.NONE, DenyType.TEXT),
    QuotaExceeded: Answer(RejectType.SERVER_FULL, DenyType.CHANNEL_FULL),
    TooManyRequests: Answer(RejectType.WRONG_USER_PW, DenyType.TEXT),
    Unavailable: Answer(_FAILED, DenyType.TEXT),
}
"""Every class of the tree in ``core/errors``."""

DENIALS: Final[Mapping[str, DenyType]] = {
    "voice.text-too-long": DenyType.TEXT_TOO_LONG,
    "chat.too-long": DenyType.TEXT_TOO_LONG,
    "voice.nested-too-deep": DenyType.NESTING_LIMIT,
    "voice.name-stays": DenyType.USER_NAME,
    "voice.no-certificate": DenyType.MISSING_CERTIFICATE,
    "voice.too-many-receivers": DenyType.TEXT,
    "identity.too-many-rooms": DenyType.CHANNEL_COUNT_LIMIT,
    "meet.full": DenyType.CHANNEL_FULL,
}
"""Where Mumble has a word of its own for one error."""

CHANNEL_NAME_FIELD: Final = "name"

BITS: Final[Mapping[str, Bit]] = {
    Permission.ROOM_SEE: Bit.TRAVERSE,
    Permission.ROOM_ENTER: Bit.ENTER,
    Permission.MEET_SPEAK: Bit.SPEAK,
    Permission.VOICE_WHISPER: Bit.WHISPER,
    Permission.CHAT_WRITE: Bit.TEXT_MESSAGE,
    Permission.ROOM_FACILITATE: Bit.MUTE_DEAFEN,
    Permission.VOICE_LISTEN: Bit.LISTEN,
    Permission.ROOM_MAKE: Bit.MAKE_CHANNEL,
    Permission.ROOM_MAKE_TEMPORARY: Bit.MAKE_TEMP_CHANNEL,
    Permission.DESK_MODERATE: Bit.KICK,
}
"""What Mumble calls the permission that somebody lacks."""


def answer_of(error: AllmendeError) -> Answer:
    """Return how an error is said: as its class, or the nearest above."""
    return next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)


def rejection(error: AllmendeError, words: Words) -> Reject:
    """Return the end of a login."""
    text = words.text(error.message_id, **error.values)
    return Reject(type=answer_of(error).reject, reason=text)


def denial(
    error: AllmendeError, words: Words, *, session: int, channel: int | None = None
) -> PermissionDenied:
    """Return why something is not done; always with a session: clients drop it without one."""
    kind = DENIALS.get(error.message_id, answer_of(error).deny)
    if isinstance(error, InvalidInput) and error.values.get("field") == CHANNEL_NAME_FIELD:
        kind = DenyType.CHANNEL_NAME
    wanted = BITS.get(str(error.values.get("permission", "")))
    if kind is DenyType.PERMISSION and wanted is None:
        kind = DenyType.TEXT
    return PermissionDenied(
        type=kind,
        session=session,
        channel_id=channel,
        permission=int(wanted) if kind is DenyType.PERMISSION and wanted is not None else None,
        reason=words.text(error.message_id, **error.values),
    )
