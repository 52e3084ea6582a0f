from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from allmende.core.events import Fact, Signal, fact_name

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("allmende.systems.chat.events", "chat.Fact"),
        ("allmende.identity.events", "identity.Fact"),
        ("events", "events.Fact"),
    ],
)
def test_a_fact_is_named_after_its_system(module: str, name: str) -> None:
    kind = type("Fact", (), {"__module__": module})
    assert fact_name(kind) == name


def test_events_cannot_be_changed() -> None:
    fact = Fact(at=AT)
    with pytest.raises(FrozenInstanceError):
        fact.at = AT  # type: ignore[misc]  # the point of the test
    assert Signal() == Signal()
