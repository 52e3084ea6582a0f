"""Signing in and out, one's own page, the link of the operator."""

from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall

WRONG, SHORT = "wrong", "x"
BETTER = "vier gelbe birnen am zaun"


def test_signing_in_leads_where_one_wanted_to_go(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    assert 'name="page" value="/i/abc"' in visitor.get("/signin?page=/i/abc")
    assert visitor.post("/signin", name="mara", password=GOOD, page="/me") == "/me"
    cookie = visitor.seen.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Max-Age=15552000" in cookie
    visitor.get("/me")


def test_nobody_is_sent_to_another_site(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    path = visitor.post("/signin", name="mara", password=GOOD, page="//evil.example/")
    assert path == "/"


def test_on_a_foreign_device_the_cookie_goes_with_the_browser(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    visitor.post("/signin", name="mara", password=GOOD, brief="on")
    assert "Max-Age" not in visitor.seen.headers["set-cookie"]


def test_a_wrong_password_says_so_and_keeps_the_name(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    known = visitor.post("/signin", status=400, name="mara", password=WRONG)
    unknown = visitor.post("/signin", status=400, name="nobo", password=WRONG)
    assert "Name oder Passwort stimmen nicht" in known
    assert 'value="mara"' in known
    assert 'value="wrong"' not in known
    assert known.replace("mara", "nobo").count("<") == unknown.count("<")


def test_ones_own_page_shows_plants_and_ends_sessions(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    page = visitor.get("/me")
    assert "Betreibt diesen Server" in page
    assert "Woche 48/2026" in page
    sessions = hall.town.run(hall.identity.sessions(mara))
    assert len(sessions) == 2
    assert visitor.post(f"/me/sessions/{sessions[0].id}/end") == "/me?done=session"
    assert "Die Anmeldung ist beendet" in visitor.get("/me?done=session")
    assert visitor.post(f"/me/sessions/{sessions[1].id}/end") == "/"
    visitor.get("/me", 401)


def test_signing_out_here_and_everywhere(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    other = hall.visitor()
    other.post("/signin", name="mara", password=GOOD)
    assert visitor.post("/signout") == "/"
    visitor.get("/me", 401)
    other.get("/me")
    assert other.post("/me/signout-everywhere") == "/"
    other.get("/me", 401)
    assert other.post("/signout") == "/"


def test_another_password(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert "nicht dein jetziges" in visitor.post(
        "/me/password", status=400, old="wrong", new=BETTER
    )
    assert "zu kurz" in visitor.post("/me/password", status=400, old=GOOD, new="x")
    assert visitor.post("/me/password", old=GOOD, new=BETTER) == "/me?done=password"
    assert "Das Passwort ist geändert" in visitor.get("/me?done=password")


def test_the_link_of_the_operator_sets_a_password_once(hall: Hall) -> None:
    hall.town.person("mara")
    token = hall.town.run(hall.identity.reset("mara"))
    visitor = hall.visitor()
    assert "neues Passwort für mara" in visitor.get(f"/signin/{token}")
    assert "zu kurz" in visitor.post(f"/signin/{token}", status=400, password=SHORT)
    assert visitor.post(f"/signin/{token}", password=BETTER) == "/"
    visitor.get("/me")
    visitor.get(f"/signin/{token}", 404)


def test_strangers_have_no_page_of_their_own(hall: Hall) -> None:
    visitor = hall.visitor()
    assert "Dafür brauchst du ein Konto" in visitor.get("/me", 401)
    visitor.post("/me/signout-everywhere", status=401)
