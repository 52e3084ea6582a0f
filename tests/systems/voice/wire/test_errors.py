"""The table of errors is complete, and says what Mumble has words for."""

import pytest

from allmende.core import errors
from allmende.core.errors import (
    AllmendeError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    QuotaExceeded,
    Unavailable,
)
from allmende.core.permissions import Permission
from allmende.protocols.mumble.messages import DenyType, RejectType
from allmende.systems.voice.model.bits import Bit
from allmende.systems.voice.wire.errors import ANSWERS, DENIALS, denial, rejection
from tests.systems.voice.harbour import English

TREE = {
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, AllmendeError)
}


def test_every_error_of_the_tree_has_a_row() -> None:
    assert set(ANSWERS) == TREE


def test_every_error_with_a_word_of_its_own_has_a_text() -> None:
    for message_id in DENIALS:
        assert English().text(message_id, most=1, max=1)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotFound("voice.no-such-room"), DenyType.TEXT),
        (InvalidInput("identity.name-empty", field="name"), DenyType.CHANNEL_NAME),
        (InvalidInput("chat.empty", field="text"), DenyType.TEXT),
        (InvalidInput("chat.too-long", field="text", limit=4000), DenyType.TEXT_TOO_LONG),
        (QuotaExceeded("identity.door-full"), DenyType.CHANNEL_FULL),
        (QuotaExceeded("identity.too-many-rooms", max=1), DenyType.CHANNEL_COUNT_LIMIT),
        (NotAllowed("chat.not-let-in"), DenyType.TEXT),
        (Unavailable("meet.media-restarting", retry_after_s=1), DenyType.TEXT),
    ],
)
def test_errors_are_said_in_words_of_mumble(error: AllmendeError, kind: DenyType) -> None:
    denied = denial(error, English(), session=7)
    assert (denied.type, denied.session) == (kind, 7)
    assert denied.reason


def test_a_permission_that_lacks_is_named() -> None:
    lacks = NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE)
    denied = denial(lacks, English(), session=7, channel=3)
    assert (denied.type, denied.permission) == (DenyType.PERMISSION, Bit.MUTE_DEAFEN)
    assert denied.channel_id == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotSignedIn("voice.wrong-password"), RejectType.WRONG_USER_PW),
        (InvalidInput("voice.name-refused", field="name"), RejectType.INVALID_USERNAME),
        (QuotaExceeded("voice.server-full"), RejectType.SERVER_FULL),
        (Unavailable("meet.media-restarting", retry_after_s=1), RejectType.AUTHENTICATOR_FAIL),
    ],
)
def test_a_login_is_refused_in_words_of_mumble(error: AllmendeError, kind: RejectType) -> None:
    assert rejection(error, English()).type is kind
