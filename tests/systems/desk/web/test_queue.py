"""The queue: who waits, waves, and single accounts."""

import re

from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import WAVE_SHOWN, Mode
from tests.identity.newcomers import Arrivals
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall, Visitor


def boss(hall: Hall) -> Visitor:
    """A browser of an operator, who moderates too."""
    hall.town.person("mara")
    visitor = hall.visitor()
    visitor.post("/signin", name="mara", password=GOOD)
    hall.town.prove("mara")
    return visitor


def test_members_see_no_queue_and_operators_without_second_step_neither(hall: Hall) -> None:
    Arrivals(hall.town).member("juno")
    juno, mara = hall.visitor(), hall.visitor()
    juno.get("/queue", 401)
    juno.post("/signin", name="juno", password=GOOD)
    juno.get("/queue", 403)
    juno.post("/queue/accounts", status=403, name="juno", act="freeze")
    hall.town.person("mara")
    mara.post("/signin", name="mara", password=GOOD)
    mara.get("/queue", 303)


def test_somebody_is_let_in_or_declined_with_one_press(hall: Hall) -> None:
    arrivals, visitor = Arrivals(hall.town), boss(hall)
    arrivals.mode(Mode.REQUEST)
    for name in ("kim", "juno"):
        arrivals.ask(name, f"Ich bin {name}.")
    page = visitor.get("/queue")
    assert "Ich bin kim." in page
    first, second = re.findall(r'action="(/queue/requests/\d+)"', page)
    assert visitor.post(first, decision="grant") == "/queue?done=grant"
    assert "Aufgenommen" in visitor.get("/queue?done=grant")
    visitor.post(second, decision="decline", answer="Gerade nicht")
    assert arrivals.signs_in("kim")
    assert arrivals.state("juno") is None
    again = visitor.post(first, status=409, decision="decline")
    assert "schon entschieden" in again
    assert "Niemand wartet" in again


def test_a_wave_is_shown_as_one_and_opened_on_request(hall: Hall) -> None:
    arrivals, visitor = Arrivals(hall.town), boss(hall)
    arrivals.mode(Mode.REQUEST)
    for number in range(WAVE_SHOWN):
        arrivals.ask(f"wave_{number}x")
    page = visitor.get("/queue")
    assert f"Eine Welle: {WAVE_SHOWN} warten" in page
    assert "wave_0x" not in page
    found = re.search(r'name="origin" value="(web:[^"]+)"', page)
    assert found is not None
    assert "wave_0x" in visitor.get(f"/queue?origin={found[1]}")
    visitor.post("/queue/waves", origin=found[1], decision="decline")
    assert arrivals.state("wave_0x") is None


def test_accounts_are_frozen_marked_and_released(hall: Hall) -> None:
    arrivals, visitor = Arrivals(hall.town), boss(hall)
    arrivals.member("juno")
    for act, state in (
        ("freeze", AccountState.FROZEN),
        ("release", AccountState.ACTIVE),
        ("suspect", AccountState.ACTIVE),
        ("trust", AccountState.ACTIVE),
        ("keep", AccountState.ACTIVE),
        ("let-go", AccountState.ACTIVE),
    ):
        where = visitor.post("/queue/accounts", name="juno", act=act)
        assert where == f"/queue?done={act}"
        visitor.get(where)
        assert arrivals.state("juno") is state
    evil = "https://evil.example/"
    assert visitor.post("/queue/accounts", name="juno", act="keep", page=evil) == "/?done=keep"
    assert 'value="nobody"' in visitor.post(
        "/queue/accounts", status=404, name="nobody", act="freeze"
    )
    visitor.post("/queue/accounts", status=400, name="juno", act="delete")


def test_all_of_one_origin_are_frozen_and_released(hall: Hall) -> None:
    arrivals, visitor = Arrivals(hall.town), boss(hall)
    arrivals.member("juno")
    assert "Alle sperren" in visitor.get("/queue")
    visitor.post("/queue/origins", origin="server", act="freeze")
    assert arrivals.state("juno") is AccountState.FROZEN
    assert arrivals.state("mara") is AccountState.ACTIVE
    assert "Alle freigeben" in visitor.get("/queue")
    visitor.post("/queue/origins", origin="server", act="release")
    assert arrivals.state("juno") is AccountState.ACTIVE


def test_the_start_page_says_how_many_wait_to_those_who_decide(hall: Hall) -> None:
    arrivals, visitor = Arrivals(hall.town), boss(hall)
    assert "Niemand wartet gerade" in visitor.get("/")
    arrivals.mode(Mode.REQUEST)
    arrivals.ask("kim")
    assert "1 Person wartet auf eine Entscheidung" in visitor.get("/")
    assert "Den Server betreuen" not in hall.visitor().get("/")
