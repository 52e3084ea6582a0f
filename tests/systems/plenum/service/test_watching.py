"""How many came, and what closes by itself."""

from allmende.systems.plenum.model.agenda import Next
from allmende.systems.plenum.model.assembly import AssemblyState, Close, Start
from tests.systems.plenum.conftest import Hall

ANA, ANA_AGAIN, BEN = "seat-of-ana-aaaa", "seat-of-ana-bbbb", "seat-of-ben-cccc"


def test_people_are_counted_once_however_many_tabs_they_have(hall: Hall) -> None:
    hall.open()
    hall.act(Start())
    for here in ([ANA], [ANA, ANA_AGAIN, BEN], [BEN], []):
        hall.call(*here)
        hall.later(seconds=5)
    hall.act(Close())
    hall.write()
    assert "Anwesend: 2." in hall.fake.text()


def test_who_comes_back_to_an_empty_call_is_not_counted_twice(hall: Hall) -> None:
    hall.open()
    for here in ([ANA, BEN], [], ["other-of-ana-aaaa"]):
        hall.call(*here)
        hall.later(seconds=5)
    hall.plenum = hall.built()
    hall.later(seconds=5)
    hall.act(Close())
    hall.write()
    assert "Anwesend: 2." in hall.fake.text()


def test_it_closes_by_itself_half_an_hour_after_the_last_one_left(hall: Hall) -> None:
    hall.open("1. Runde (5 min)")
    hall.act(Start())
    hall.act(Next())
    hall.call(ANA)
    hall.later(minutes=50)
    hall.call()
    hall.later(minutes=29)
    assert hall.now().state is AssemblyState.RUNNING
    hall.later(minutes=1)
    assert hall.now().state is AssemblyState.CLOSED
    assert hall.facts()[-2:] == ["ItemEnded", "AssemblyClosed"]
    hall.later(minutes=1)
    hall.write()
    assert "Anwesend: 1." in hall.fake.text()


def test_after_a_restart_the_half_hour_begins_anew(hall: Hall) -> None:
    hall.open()
    hall.call(ANA)
    hall.later(seconds=5)
    hall.call()
    hall.later(minutes=20)
    hall.plenum = hall.built()
    hall.later(minutes=20)
    assert hall.now().state is AssemblyState.OPEN


def test_where_nobody_ever_was_in_the_call_it_stays_open_for_half_a_day(hall: Hall) -> None:
    hall.open()
    hall.later(seconds=5)
    hall.later(hours=11.9)
    assert hall.now().state is AssemblyState.OPEN
    hall.later(hours=0.2)
    assert hall.now().state is AssemblyState.CLOSED
