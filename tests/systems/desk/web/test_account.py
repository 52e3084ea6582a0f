"""Signing in and out, one's own page, the link of the operator."""

import re

from tests.identity.service.codes import code_of, with_passkey, with_second_step
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall

WRONG, SHORT = "wrong", "x"
BETTER = "vier gelbe birnen am zaun"


def test_signing_in_leads_where_one_wanted_to_go(hall: Hall) -> None:
    hall.town.member("mara")
    visitor = hall.visitor()
    assert 'name="page" value="/i/abc"' in visitor.get("/signin?page=/i/abc")
    assert visitor.post("/signin", name="mara", password=GOOD, page="/me") == "/me"
    cookie = visitor.seen.headers["set-cookie"]
    assert "allmende-device=" in cookie
    assert "HttpOnly" in cookie
    assert "Max-Age=15552000" in cookie
    visitor.get("/me")


def test_nobody_is_sent_to_another_site(hall: Hall) -> None:
    hall.town.member("mara")
    visitor = hall.visitor()
    path = visitor.post("/signin", name="mara", password=GOOD, page="//evil.example/")
    assert path == "/"


def test_on_a_foreign_device_the_cookie_goes_with_the_browser(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    visitor.post("/signin", name="mara", password=GOOD, brief="on")
    assert "Max-Age" not in visitor.seen.headers["set-cookie"]
    assert "allmende-device" not in visitor.browser.cookies


def test_a_wrong_password_says_so_and_keeps_the_name(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    known = visitor.post("/signin", status=400, name="mara", password=WRONG)
    unknown = visitor.post("/signin", status=400, name="nobo", password=WRONG)
    assert "Name oder Passwort stimmen nicht" in known
    assert 'value="mara"' in known
    assert 'value="wrong"' not in known
    assert known.replace("mara", "nobo").count("<") == unknown.count("<")


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


def test_after_many_tries_the_form_asks_for_work_and_takes_it(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    for _ in range(10):
        visitor.post("/signin", status=400, name="mara", password=WRONG)
    hall.town.clock.turn(seconds=31)
    assert "<allmende-proof" in visitor.post("/signin", status=429, name="mara", password=GOOD)
    solved = visitor.solve()
    assert visitor.post("/signin", name="mara", password=GOOD, proof=solved)
    visitor.get("/me")


def test_a_device_that_has_signed_in_before_is_not_kept_waiting_by_others(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    visitor.post("/signout")
    stranger = hall.visitor()
    for _ in range(10):
        stranger.post("/signin", status=400, name="mara", password=WRONG)
    stranger.post("/signin", status=429, name="mara", password=GOOD)
    visitor.post("/signin", name="mara", password=GOOD)


def test_with_a_second_step_the_password_leads_to_the_code(hall: Hall) -> None:
    secret, codes = with_second_step(hall.town, hall.town.person("mara"))
    visitor = hall.visitor()
    page = visitor.post("/signin", status=200, name="mara", password=GOOD, page="/me/devices")
    step = re.findall(r'name="step" value="([^"]+)"', page)[0]
    visitor.get("/me", 401)
    again = visitor.post(
        "/signin/step", status=400, step=step, code=SHORT, kinds="code", page="/me/devices"
    )
    assert "Der Code stimmt nicht" in again
    assert step in again
    hall.town.clock.turn(seconds=30)
    code = code_of(hall.town, secret)
    assert visitor.post("/signin/step", step=step, code=code, page="/me/devices") == "/me/devices"
    visitor.get("/me")
    other = hall.visitor()
    page = other.post("/signin", status=200, name="mara", password=GOOD)
    step = re.findall(r'name="step" value="([^"]+)"', page)[0]
    assert other.post("/signin/step", step=step, code=codes[0]) == "/"


def test_a_passkey_signs_in_from_the_page(hall: Hall) -> None:
    mara = hall.town.person("mara")
    phone = with_passkey(hall.town, mara)
    visitor = hall.visitor()
    page = visitor.get("/signin?page=/me/devices")
    assert page.index('data-kind="get"') < page.index('name="password"')
    asked = visitor.send("/api/v1/passkeys/ask", {})
    fields = {"passkey": phone.prove(asked["json"]), "passkey_ticket": asked["ticket"]}
    assert visitor.post("/signin/passkey", page="/me/devices", **fields) == "/me/devices"
    visitor.get("/me")
    again = hall.visitor().post("/signin/passkey", status=400, **fields)
    assert "Das hat zu lange gedauert" in again


def test_the_addresses_of_forms_can_be_loaded_again(hall: Hall) -> None:
    visitor = hall.visitor()
    for path in ("/signin/step", "/signin/passkey"):
        visitor.get(path, 303)
        assert visitor.seen.headers["location"] == "/signin"


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
