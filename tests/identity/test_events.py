"""Facts are values of ids, flags and times, and never carry content."""

import dataclasses
import inspect
from typing import get_type_hints

from allmende.core.events import Fact, Signal, fact_name
from allmende.identity import events


def test_every_fact_is_listed_for_the_relay() -> None:
    kinds = [kind for _, kind in inspect.getmembers(events, inspect.isclass)]
    facts = {kind for kind in kinds if issubclass(kind, Fact) and kind is not Fact}
    assert facts == set(events.FACTS)
    assert fact_name(events.RoomMade) == "identity.RoomMade"


ROLES = {"was", "now"}


def test_facts_carry_ids_and_roles_only() -> None:
    for kind in events.FACTS:
        names = {field.name for field in dataclasses.fields(kind)} - {"at"} - ROLES
        assert all(name.endswith("_id") for name in names)


def test_signals_of_a_door_name_their_room() -> None:
    for kind in (events.DoorChanged, events.DoorAnswered):
        assert issubclass(kind, Signal)
        assert "room_id" in get_type_hints(kind)
