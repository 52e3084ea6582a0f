"""Coming without an invite: what each mode shows, requests, and people who vouch."""

import re

from allmende.identity.model.registration import WAVE_SIGN_UPS, Mode
from tests.identity.newcomers import Arrivals
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall, Visitor

PROPOSAL = re.compile(r'name="proposal" value="([a-z ]+)"')


def proposed(page: str) -> str:
    found = PROPOSAL.search(page)
    assert found is not None
    return found[1]


def member(hall: Hall, name: str) -> Visitor:
    """A browser of somebody who has been here for a while, without a role on the server."""
    Arrivals(hall.town).old_member(name)
    visitor = hall.visitor()
    visitor.post("/signin", name=name, password=GOOD)
    return visitor


def test_by_default_one_needs_an_invite(hall: Hall) -> None:
    visitor = hall.visitor()
    for page in ("/signup", "/requests"):
        assert "mit einer Einladung" in visitor.get(page)
    page = visitor.post("/requests", status=403, name="kim", password=GOOD, body="Hallo")
    assert "Hallo" in page, "nothing is lost"


def test_open_registration_asks_for_a_name_and_a_bit_of_computing(hall: Hall) -> None:
    Arrivals(hall.town).mode(Mode.OPEN)
    visitor = hall.visitor()
    words = proposed(visitor.get("/signup"))
    page = visitor.post("/signup", status=400, name="kim", password=words, proposal=words)
    assert 'value="kim"' in page
    assert proposed(page) == words, "a proposal that was taken stays"
    kit = visitor.post(
        "/signup", status=200, name="kim", password=words, proposal=words, proof=visitor.solve()
    )
    assert "Notfallblatt" in kit
    assert "kim" in visitor.get("/me")


def test_a_password_of_ones_own_never_comes_back(hall: Hall) -> None:
    Arrivals(hall.town).mode(Mode.OPEN)
    visitor = hall.visitor()
    page = visitor.post("/signup", status=400, name="kim", password=GOOD, proposal="<script>")
    assert GOOD not in page
    assert "<script>" not in page


def test_when_it_closes_while_somebody_types_they_ask_with_what_they_typed(hall: Hall) -> None:
    arrivals = Arrivals(hall.town)
    arrivals.mode(Mode.OPEN)
    visitor = hall.visitor()
    words = proposed(visitor.get("/signup"))
    for number in range(WAVE_SIGN_UPS):
        arrivals.sign_up(f"wave_{number:02}x")
    page = visitor.post("/signup", status=409, name="kim", password=words, proposal=words)
    assert "Dein Name steht noch im Feld" in page
    assert 'action="/requests"' in page
    assert 'value="kim"' in page
    assert proposed(page) == words
    assert "sehr viele auf einmal" in visitor.get("/signup")


def test_of_two_who_want_one_name_the_slower_keeps_everything_typed(hall: Hall) -> None:
    arrivals = Arrivals(hall.town)
    arrivals.mode(Mode.REQUEST)
    arrivals.ask("kim")
    visitor = hall.visitor()
    words = proposed(visitor.get("/requests"))
    page = visitor.post(
        "/requests", status=409, name="kim", password=words, proposal=words, body="Ich koche mit."
    )
    assert "gibt es schon" in page
    assert "Ich koche mit." in page
    assert 'value="kim"' in page
    assert proposed(page) == words


def test_a_request_ends_on_a_private_page_with_the_answer(hall: Hall) -> None:
    Arrivals(hall.town).mode(Mode.REQUEST)
    visitor = hall.visitor()
    where = visitor.post("/requests", name="kim", password=GOOD, body="<b>Ich</b> koche mit.")
    page = visitor.get(where)
    assert "dein Antrag wartet" in page
    assert f"http://house.example{where}" in page
    assert visitor.post(f"{where}/withdraw") == where
    assert "zurückgezogen" in visitor.get(where)
    visitor.get("/requests/nonsense", 404)


def test_two_members_vouch_by_a_link_and_strangers_cannot(hall: Hall) -> None:
    Arrivals(hall.town).mode(Mode.REQUEST)
    visitor, one, other = hall.visitor(), member(hall, "juno"), member(hall, "robin")
    where = visitor.post("/requests", name="kim", password=GOOD, body="<b>Ich</b>")
    found = re.search(r"http://house\.example(/vouch/[^\"]+)", visitor.get(where))
    assert found is not None
    vouch = found[1]
    hall.visitor().get(vouch, 401)
    assert "&lt;b&gt;Ich&lt;/b&gt;" in one.browser.get(vouch).text
    assert one.post(vouch) == vouch
    assert "Du bürgst" in one.get(vouch)
    assert "ist dabei" in other.post(vouch, status=200)
    assert "Du bist dabei" in visitor.get(where)
    visitor.post("/signin", name="kim", password=GOOD)


def test_requests_from_one_address_have_a_limit(hall: Hall) -> None:
    Arrivals(hall.town).mode(Mode.REQUEST)
    visitor = hall.visitor()
    for _ in range(100):
        visitor.post("/requests", status=400, name="x")
    page = visitor.post("/requests", status=429, name="kim", body="Ich koche mit.")
    assert "Ich koche mit." in page
