from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.framing import FrameTooLarge
from allmende.protocols.mumble.messages import UnknownKind


def test_whatever_cannot_be_read_is_one_kind_of_error() -> None:
    assert issubclass(MumbleMalformed, ValueError)
    assert issubclass(FrameTooLarge, MumbleMalformed)
    assert issubclass(UnknownKind, MumbleMalformed)
