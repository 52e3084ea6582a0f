"""The JSON of an assembly, and what live pages are told."""

import asyncio

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.ids import AssemblyId
from allmende.storage.database import Database
from allmende.systems.plenum.events import FACTS, AssemblyStarted
from allmende.systems.plenum.service import Snapshot
from allmende.systems.plenum.web import live_views
from tests.systems.plenum.conftest import Hall
from tests.systems.plenum.street import Street

AGENDA = "1. Runde (15 min, Info, Ana)\n   Notiz\n2. Umzug (30 min, Entscheidung)\n"


def test_the_snapshot_is_what_the_screen_was_promised(street: Street) -> None:
    fay, raven = street.facilitator(), street.guest("Rabe")
    empty = raven.get(street.api).json()
    assert (empty["assembly"], empty["may"]) == (None, {"facilitate": False})
    street.send(fay, "open", title="Plenum", agenda=AGENDA)
    street.send(fay, "start")
    begun = street.send(fay, "next", after=None).json()
    street.hall.clock.turn(seconds=90)
    told = raven.get(street.api).json()
    assert told["server_ms"] == begun["server_ms"] + 90_000
    assert told["as_of"] == begun["as_of"] > empty["as_of"]
    assembly = told["assembly"]
    assert assembly["minutes"]["name"] == "minutes-2026-11-23"
    assert assembly["items"][0] == {
        "id": 1,
        "title": "Runde",
        "kind": "info",
        "minutes": 15,
        "presenter": "Ana",
        "note": "Notiz",
        "state": "running",
        "elapsed_ms": 90_000,
        "started_at": "2026-11-23T20:00:00Z",
    }
    assert {**assembly, "items": 0, "minutes": 0} == {
        "id": 1,
        "title": "Plenum",
        "state": "running",
        "language": "de",
        "started_at": "2026-11-23T20:00:00Z",
        "closed_at": None,
        "expected_end": "2026-11-23T20:45:00Z",
        "minutes": 0,
        "items": 0,
        "running": 1,
    }


def test_every_command_answers_with_the_new_state(street: Street) -> None:
    fay = street.facilitator()
    for command, body in (
        ("plan", {"title": "Plan"}),
        ("open", {}),
        ("add", {"title": "Eins", "minutes": 5, "kind": "info"}),
        ("import", {"agenda": "- Zwei (5 min)\n- Drei (5 min)"}),
        ("change", {"item": 1, "title": "Anfang", "note": "n"}),
        ("move", {"item": 2, "by": 1}),
        ("remove", {"item": 3}),
        ("start", {}),
        ("begin", {"item": 2}),
        ("extend", {"item": 2, "minutes": 5}),
        ("pause", {}),
        ("resume", {}),
        ("end", {"item": 2}),
        ("next", {}),
        ("park", {"item": 1}),
        ("close", {}),
        ("reopen", {}),
    ):
        answer = street.send(fay, command, **body)
        assert answer.status_code == 200, (command, answer.text)
    assembly = fay.get(street.api).json()["assembly"]
    shown = [(one["title"], one["state"], one["minutes"]) for one in assembly["items"]]
    assert shown == [("Anfang", "parked", 5), ("Zwei", "done", 10)]
    assert (assembly["state"], assembly["title"]) == ("running", "Plan")


@pytest.mark.parametrize(
    ("command", "body", "status", "error"),
    [
        ("start", {"x": 1}, 400, "web.invalid-body"),
        ("open", {"title": "a\x00"}, 400, "web.invalid-body"),
        ("open", {"title": "a\x1b"}, 400, "plenum.characters-refused"),
        ("open", {"agenda": "x\n" * 101}, 413, "plenum.too-many-items"),
        ("begin", {"item": "x"}, 400, "web.invalid-body"),
        ("begin", {"item": 1}, 409, "plenum.nothing-open"),
        ("add", {"title": "x", "kind": "poll"}, 400, "plenum.no-such-kind"),
        ("change", {"item": 1, "minutes": 999}, 400, "plenum.minutes-refused"),
        ("extend", {"item": 1, "minutes": 2**62}, 409, "plenum.nothing-open"),
        ("dance", {}, 404, "web.not-found"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    street: Street, command: str, body: dict[str, object], status: int, error: str
) -> None:
    fay = street.facilitator()
    refused = street.send(fay, command, **body)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert fay.get(street.api).json()["assembly"] is None


def test_who_is_not_let_in_or_may_not_is_refused(street: Street) -> None:
    raven, owl = street.guest("Rabe"), street.guest("Eule", let_in=False)
    assert street.send(raven, "open").json()["error"] == "room.not-allowed"
    assert owl.get(street.api).json()["error"] == "plenum.not-let-in"
    assert street.stranger().get(street.api).status_code == 403
    assert street.stranger().get(street.api.replace("rooms/", "rooms/9")).status_code == 404


def test_who_acts_too_fast_is_told_to_slow_down(sqlite: Database) -> None:
    street = Street(Hall(sqlite), acts=3)
    fay = street.facilitator()
    codes = [street.send(fay, "start").status_code for _ in range(4)]
    assert codes == [409, 409, 409, 429]


def test_live_pages_are_told_the_whole_state_if_they_are_let_in(street: Street) -> None:
    hall = street.hall
    hall.open(AGENDA)
    views = {view.event: view for view in live_views(hall.plenum)}
    assert set(views) == set(FACTS)
    assert {view.name for view in views.values()} == {"plenum.state"}
    fact = AssemblyStarted(at=hall.clock.now(), assembly_id=AssemblyId(1), room_id=hall.room.id)

    def shown(who: Caller) -> object:
        async def show() -> object:
            return await views[AssemblyStarted].show(who, fact)

        return asyncio.run(show())

    assert isinstance(shown(hall.inside("Rabe")), Snapshot)
    assert shown(hall.guest(hall.room.id, "Eule")) is None
    assert shown(STRANGER) is None
