"""What the operator may set."""

from datetime import timedelta

from allmende.identity.model.settings import DEFAULTS, Settings


def test_days_are_counted_from_the_last_entering() -> None:
    assert DEFAULTS.open_room_idle == timedelta(days=30)
    assert Settings(open_room_days=2).open_room_idle == timedelta(days=2)
