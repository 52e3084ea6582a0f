"""What operators choose about accounts."""

from allmende.identity.model.registration import Mode
from tests.identity.newcomers import Arrivals
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall, Visitor


def boss(hall: Hall) -> Visitor:
    hall.town.person("mara")
    visitor = hall.visitor()
    visitor.post("/signin", name="mara", password=GOOD)
    hall.town.prove("mara")
    return visitor


def test_the_mode_is_chosen_while_the_server_runs_and_has_a_history(hall: Hall) -> None:
    visitor = boss(hall)
    assert "Voreinstellung" in visitor.get("/op/registration")
    where = visitor.post("/op/registration", mode="open", vouching="on")
    page = visitor.get(where)
    assert "Gespeichert" in page
    assert "von Betreibenden gewählt" in page
    assert hall.town.run(hall.identity.registration()).mode is Mode.OPEN
    visitor.post("/op/registration", mode="request")
    assert not hall.town.run(hall.identity.registration()).vouching
    visitor.post("/op/registration", status=400, mode="everybody")


def test_it_says_when_the_server_closed_it_by_itself(hall: Hall) -> None:
    visitor = boss(hall)
    Arrivals(hall.town).mode(Mode.OPEN)
    hall.town.clock.turn(days=8)
    hall.town.run(hall.identity.close_unattended())
    for page in ("/op/registration", "/queue"):
        assert "hat sich selbst geschlossen" in visitor.get(page)


def test_a_choice_needs_a_fresh_proof(hall: Hall) -> None:
    visitor = boss(hall)
    hall.town.clock.turn(minutes=11)
    where = visitor.post("/op/registration", mode="open")
    assert where == "/me/confirm?page=/op/registration"
    assert hall.town.run(hall.identity.registration()).mode is Mode.INVITE


def test_operators_see_accounts_and_give_roles(hall: Hall) -> None:
    visitor = boss(hall)
    Arrivals(hall.town).member("juno")
    page = visitor.get("/op/accounts")
    assert "seit 4. Quartal 2026" in page
    assert "juno" not in visitor.get("/op/accounts?name=mara")
    where = visitor.post("/op/accounts/role", name="juno", role="inviter")
    assert where == "/op/accounts?name=juno&done=saved"
    assert "lädt ein" in visitor.get(where)
    visitor.get("/op/accounts?name=nobody", 404)
    page = visitor.post("/op/accounts/role", status=409, name="mara", role="none")
    assert "das letzte Konto" in page
    assert "keine weiteren Konten" in visitor.get("/op/accounts?after=zz")


def test_nobody_else_sees_any_of_it(hall: Hall) -> None:
    Arrivals(hall.town).member("juno")
    visitor = hall.visitor()
    visitor.post("/signin", name="juno", password=GOOD)
    for page in ("/op/registration", "/op/accounts"):
        visitor.get(page, 403)
    visitor.post("/op/registration", status=403, mode="open")
    visitor.post("/op/accounts/role", status=403, name="juno", role="operator")
