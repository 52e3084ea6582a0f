"""The mode of registration: chosen with a history, and closed by itself."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import NotAllowed, NotSignedIn
from allmende.identity.model.registration import Mode, Why
from tests.identity.newcomers import Arrivals
from tests.identity.town import Town


@pytest.fixture
def arrivals(town: Town) -> Arrivals:
    return Arrivals(town)


def test_invites_are_the_default_and_operators_choose_with_a_history(arrivals: Arrivals) -> None:
    town = arrivals.town
    boss = town.operator("mara")
    shown = town.run(town.identity.registration())
    assert (shown.mode, shown.why, shown.vouching) == (Mode.INVITE, Why.DEFAULT, True)
    town.run(town.identity.set_registration(boss, Mode.OPEN, vouching=False))
    town.run(town.identity.set_registration(boss, Mode.OPEN, vouching=False))
    town.run(town.identity.set_registration(boss, Mode.REQUEST, vouching=True))
    shown = town.run(town.identity.registration())
    assert (shown.mode, shown.why, shown.vouching) == (Mode.REQUEST, Why.CHOSEN, True)
    history = town.run(town.identity.registration_history(boss))
    assert [one.value for one in history] == [Mode.REQUEST, Mode.OPEN]


def test_nobody_else_chooses_or_reads_the_history(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.member("juno")
    for caller, refused in ((who, NotAllowed), (STRANGER, NotSignedIn)):
        with pytest.raises(refused):
            town.run(town.identity.set_registration(caller, Mode.OPEN, vouching=True))
        with pytest.raises(refused):
            town.run(town.identity.registration_history(caller))


def test_a_job_closes_what_nobody_looks_after(arrivals: Arrivals) -> None:
    town = arrivals.town
    assert not town.run(town.identity.close_unattended())
    arrivals.mode(Mode.OPEN)
    town.clock.turn(days=6)
    assert not town.run(town.identity.close_unattended())
    town.clock.turn(days=1)
    assert town.run(town.identity.close_unattended())
    assert not town.run(town.identity.close_unattended())
    assert town.run(town.identity.registration()).why is Why.UNATTENDED


def test_opened_again_it_has_another_week(arrivals: Arrivals) -> None:
    town = arrivals.town
    arrivals.mode(Mode.OPEN)
    town.clock.turn(days=7)
    town.run(town.identity.close_unattended())
    arrivals.mode(Mode.OPEN)
    assert not town.run(town.identity.close_unattended())
