"""What facilitators do, what others may not, and what a crash leaves."""

import pytest

from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from allmende.core.ids import PadId
from allmende.core.rooms import LinkRight
from allmende.systems.plenum.model.agenda import Add, Begin, NewItem, Next
from allmende.systems.plenum.model.assembly import (
    AssemblyState,
    Close,
    Language,
    Pause,
    Reopen,
    Resume,
    Start,
)
from tests.systems.plenum.conftest import Hall, item

AGENDA = "1. Runde (15 min, Info)\n2. Umzug (30 min, Entscheidung)\n"


def test_everybody_inside_sees_what_the_facilitation_does(hall: Hall) -> None:
    raven = hall.inside("Rabe")
    hall.open(AGENDA)
    hall.act(Start())
    hall.act(Next())
    hall.clock.turn(minutes=3)
    seen = hall.now(raven)
    assert (seen.title, seen.state, seen.running) == ("Gruppe Garten", "running", 1)
    assert [one.elapsed_ms for one in seen.items] == [180_000, 0]
    assert hall.facts() == ["AssemblyOpened", "AssemblyStarted", "ItemStarted"]


def test_only_the_facilitation_may_act(hall: Hall) -> None:
    raven, owl = hall.inside("Rabe"), hall.guest(hall.room.id, "Eule")
    hall.open(AGENDA)
    assert hall.refusal(Start(), raven) == "room.not-allowed"
    assert hall.refusal(Start(), owl) == "room.not-allowed"
    for opening in (hall.plenum.open, hall.plenum.plan):
        with pytest.raises(NotAllowed):
            hall.run(opening(raven, hall.room.id, "", "", Language.DE))
    assert hall.now().state is AssemblyState.OPEN
    assert hall.facts() == ["AssemblyOpened"]


def test_two_who_open_at_once_get_the_same(hall: Hall) -> None:
    first = hall.open(AGENDA)
    assert hall.open("1. anderes (5 min)") == first
    assert len(hall.fake.pads) == 1
    assert hall.facts() == ["AssemblyOpened"]


def test_a_plan_is_opened_later_with_what_was_prepared(hall: Hall) -> None:
    plan = hall.plenum.plan(hall.facilitator, hall.room.id, "Jahresplenum", AGENDA, Language.EN)
    planned = hall.shown(hall.run(plan).assembly)
    assert (planned.state, planned.expected_end, planned.minutes) == ("planned", None, None)
    again = hall.plenum.plan(hall.facilitator, hall.room.id, "", "", Language.DE)
    with pytest.raises(Conflict, match=r"plenum\.is-planned"):
        hall.run(again)
    hall.act(Add([NewItem(title="mehr")]))
    opened = hall.open()
    assert (opened.id, opened.title, len(opened.items)) == (planned.id, "Jahresplenum", 3)
    assert hall.fake.text().startswith("# Jahresplenum, 23 November 2026\n\n- Facilitation:\n")
    with pytest.raises(Conflict, match=r"plenum\.is-open"):
        hall.run(hall.plenum.plan(hall.facilitator, hall.room.id, "", "", Language.DE))
    assert hall.facts() == ["AssemblyPlanned", "AgendaChanged", "AssemblyOpened"]


def test_opening_a_plan_with_words_of_its_own_takes_them(hall: Hall) -> None:
    hall.run(hall.plenum.plan(hall.facilitator, hall.room.id, "alt", AGENDA, Language.DE))
    opened = hall.open("- neu (5 min)", "Neu")
    assert (opened.title, [one.title for one in opened.items][-1]) == ("Neu", "neu")
    assert hall.now().title == "Neu"


def test_a_second_one_on_the_same_day_has_minutes_of_its_own(hall: Hall) -> None:
    hall.open()
    hall.act(Close())
    second = hall.open()
    assert second.minutes is not None
    assert second.minutes.name == "minutes-2026-11-23-2"


def test_what_refuses_a_name_for_the_minutes_is_asked_for_the_next(hall: Hall) -> None:
    hall.fake.refused = {"minutes-2026-11-23"}
    shown = hall.open()
    assert shown.minutes is not None
    assert shown.minutes.name == "minutes-2026-11-23-2"
    hall.act(Close())
    hall.fake.refused |= {f"minutes-2026-11-23-{number}" for number in range(2, 9)}
    with pytest.raises(InvalidInput):
        hall.open()


def test_after_a_restart_the_running_item_is_back_with_its_time(hall: Hall) -> None:
    hall.open(AGENDA)
    hall.act(Start())
    hall.act(Begin(item(2)))
    hall.clock.turn(minutes=5)
    hall.act(Pause())
    hall.clock.turn(minutes=7)
    hall.act(Resume())
    hall.clock.turn(minutes=1)
    hall.plenum = hall.built()
    hall.clock.turn(minutes=2)
    seen = hall.now()
    assert (seen.running, seen.items[1].elapsed_ms) == (2, 8 * 60_000)
    assert seen.expected_end is not None
    assert (seen.expected_end - hall.clock.now()).total_seconds() == (15 + 22) * 60


def test_a_crash_between_pad_and_assembly_leaves_one_pad(hall: Hall) -> None:
    made = hall.fake.create_pad(hall.facilitator, hall.room.id, "minutes-2026-11-23", "# x\n")
    pad = hall.run(made)
    opened = hall.open()
    assert opened.minutes is not None
    assert (opened.minutes.path, len(hall.fake.pads)) == (pad.path, 1)


def test_within_an_hour_what_was_closed_is_shown_and_can_go_on(hall: Hall) -> None:
    hall.open(AGENDA)
    hall.act(Start())
    hall.act(Close())
    hall.clock.turn(minutes=60)
    assert hall.act(Reopen()).state is AssemblyState.RUNNING
    hall.act(Close())
    hall.clock.turn(minutes=61)
    snapshot = hall.run(hall.plenum.snapshot(hall.facilitator, hall.room.id))
    assert snapshot.assembly is None
    page = hall.run(hall.plenum.page(hall.facilitator, hall.room.slug, None))
    assert page.inside is not None
    assert page.inside.newest is not None
    assert page.inside.newest.is_over


def test_a_listening_link_sees_and_does_not_act(hall: Hall) -> None:
    ada, mel = hall.person("ada"), hall.person("mel")
    group = hall.group(ada, member=mel)
    hall.room = hall.run(hall.identity.make_room(ada, group.id, "Küche"))
    hall.facilitator = ada
    hall.open(AGENDA)
    assert hall.fake.text().startswith("# Küche, 23.11.2026\n\n- Moderation: ada\n")
    token = hall.run(hall.identity.make_link(ada, hall.room.id, LinkRight.LISTEN))
    owl = hall.guest(hall.room.id, "Eule", token)
    hall.knock(owl)
    hall.doors.admit_all(hall.room.id)
    for who in (owl, mel):
        assert hall.now(who).state is AssemblyState.OPEN
        assert hall.refusal(Start(), who) == "room.not-allowed"
    page = hall.run(hall.plenum.page(owl, hall.room.slug, token))
    assert (page.listens, page.named, page.leads_call) == (True, False, False)
    zoe = hall.person("zoe")
    with pytest.raises(NotFound):
        hall.now(zoe)
    with pytest.raises(NotFound):
        hall.run(hall.plenum.page(zoe, hall.room.slug, None))


def test_a_room_that_is_gone_takes_its_assemblies_along(hall: Hall) -> None:
    hall.open(AGENDA)
    hall.now()
    hall.run(hall.plenum.room_gone(hall.room.id))
    snapshot = hall.run(hall.plenum.snapshot(hall.facilitator, hall.room.id))
    assert snapshot.assembly is None


def test_minutes_that_were_deleted_are_forgotten_with_what_was_waiting(hall: Hall) -> None:
    hall.open(AGENDA)
    hall.act(Start())
    hall.run(hall.plenum.pad_gone(PadId(1)))
    assert hall.now().minutes is None
    hall.run(hall.plenum.pad_gone(PadId(77)))
    assert hall.facts()[-1] == "MinutesGone"
    hall.write()
    assert "Beginn" not in hall.fake.text()
