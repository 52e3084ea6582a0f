"""The page where operators agree that the command line hands something out."""

import pytest

from allmende.core.errors import Conflict
from allmende.core.ids import PadId
from tests.identity.newcomers import Arrivals
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall, Visitor


def operators(hall: Hall, *names: str) -> list[Visitor]:
    """Operators at their browsers; the command line wants juno's account."""
    visitors = []
    for name in names:
        hall.town.person(name)
        visitors.append(hall.visitor())
        visitors[-1].post("/signin", name=name, password=GOOD)
        hall.town.prove(name)
    Arrivals(hall.town).member("juno")
    with pytest.raises(Conflict, match="operators-asked"):
        hall.town.run(hall.identity.hand_out_account("juno"))
    return visitors


def test_two_operators_agree_and_the_page_says_how_far_it_is(hall: Hall) -> None:
    mara, kim = operators(hall, "mara", "kim")
    assert "Zugestimmt: 0 von 2" in mara.get("/op/handouts")
    page = mara.get(mara.post("/op/handouts/1", answer="agree"))
    for said in ("Du hast zugestimmt", "Zugestimmt: 1 von 2", "Wartet auf eine zweite Person"):
        assert said in page
    again = mara.post("/op/handouts/1", status=409, answer="agree")
    assert "Du hast schon zugestimmt" in again
    kim.post("/op/handouts/1", answer="agree")
    assert "den Befehl noch einmal" in kim.get("/op/handouts")
    hall.town.run(hall.identity.hand_out_account("juno"))
    assert "Gerade wartet nichts" in kim.get("/op/handouts")


def test_one_operator_can_refuse(hall: Hall) -> None:
    _, kim = operators(hall, "mara", "kim")
    where = kim.post("/op/handouts/1", answer="refuse")
    assert "Es wird nichts herausgegeben" in kim.get(where)
    kim.post("/op/handouts/1", status=404, answer="refuse")
    kim.post("/op/handouts/1", status=400, answer="perhaps")


def test_groups_and_pads_are_named_as_such(hall: Hall) -> None:
    mara, _ = operators(hall, "mara", "kim")
    group = hall.town.group(hall.town.person("lou"))
    for ask in (hall.identity.hand_out_group(group.slug), hall.identity.hand_out_pad(PadId(7))):
        with pytest.raises(Conflict, match="operators-asked"):
            hall.town.run(ask)
    page = mara.get("/op/handouts")
    for said in ("Alles über das Konto", "Die ganze Gruppe", group.slug, "Der Text des Pads"):
        assert said in page


def test_consent_needs_a_fresh_proof_and_an_operator(hall: Hall) -> None:
    mara, _ = operators(hall, "mara", "kim")
    juno = hall.visitor()
    juno.post("/signin", name="juno", password=GOOD)
    juno.get("/op/handouts", 403)
    juno.post("/op/handouts/1", status=403, answer="agree")
    hall.town.clock.turn(minutes=11)
    where = mara.post("/op/handouts/1", answer="agree")
    assert where == "/me/confirm?page=/op/handouts"
