"""One's own page: password, passkeys, and proving it once more."""

from typing import Any

from tests.fakes.authenticator import Authenticator
from tests.identity.service.codes import code_of, with_passkey, with_second_step
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall, Visitor

BETTER = "vier gelbe birnen am zaun"


def by_passkey(visitor: Visitor, device: Authenticator) -> dict[str, Any]:
    asked = visitor.send("/api/v1/passkeys/ask", {})
    return {"passkey": device.prove(asked["json"]), "passkey_ticket": asked["ticket"]}


def test_ones_own_page_says_what_one_can_sign_in_with(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    page = visitor.get("/me")
    for text in (
        "Betreibt diesen Server",
        "Du hast noch keinen Passkey",
        "Du hast noch kein Notfallblatt",
    ):
        assert text in page
    with_passkey(hall.town, mara)
    hall.town.run(hall.identity.make_kit(mara))
    with_second_step(hall.town, mara)
    page = visitor.get("/me")
    for text in ("Du hast 1 Passkey.", "Du hast noch 10 Ersatzcodes", "Neues Notfallblatt machen"):
        assert text in page


def test_another_password(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert "nicht dein jetziges" in visitor.post(
        "/me/password", status=400, old="wrong", new=BETTER
    )
    assert "zu kurz" in visitor.post("/me/password", status=400, old=GOOD, new="x")
    assert visitor.post("/me/password", old=GOOD, new=BETTER) == "/me?done=password"
    assert "Das Passwort ist geändert" in visitor.get("/me?done=password")
    visitor.get("/me/password", 303)


def test_password_managers_find_the_form(hall: Hall) -> None:
    visitor = hall.visitor()
    visitor.get("/.well-known/change-password", 303)
    assert visitor.seen.headers["location"] == "/me#password"


def test_a_passkey_is_added_on_its_own_page(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    assert 'data-kind="create"' in visitor.get("/me/passkeys/new")
    options = visitor.send("/api/v1/passkeys/new", {})
    fields = {"passkey_ticket": options["ticket"], "passkey": "{}"}
    assert "nicht angenommen" in visitor.post("/me/passkeys/new", status=400, **fields)
    fields["passkey"] = Authenticator().make(options["json"])
    assert visitor.post("/me/passkeys/new", **fields) == "/me?done=passkey"
    (passkey,) = hall.town.run(hall.identity.passkeys(mara))
    # The second one lets the first one go, since operators need one.
    with_passkey(hall.town, mara)
    assert visitor.post(f"/me/passkeys/{passkey.id}/remove") == "/me/devices?done=passkey"
    assert "Der Passkey ist entfernt" in visitor.get("/me/devices?done=passkey")


def test_options_for_a_name_are_given_to_everybody_and_say_nothing_of_it(hall: Hall) -> None:
    with_passkey(hall.town, hall.town.person("mara"))
    visitor = hall.visitor()
    known, unknown = (
        visitor.send("/api/v1/passkeys/new", {"name": name}) for name in ("mara", "kim")
    )
    assert known.keys() == unknown.keys() == {"json", "ticket"}
    assert len(known["json"]) == len(unknown["json"]) + 2


def test_an_act_that_hurts_asks_for_a_proof_and_comes_back(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    hall.town.clock.turn(minutes=11)
    visitor.get("/me/kit", 303)
    assert visitor.seen.headers["location"] == "/me/confirm?page=/me/kit"
    assert visitor.post("/me/kit") == "/me/confirm?page=/me/kit"
    assert visitor.post("/me/second-step/codes") == "/me/confirm?page=/me/second-step"
    assert 'name="password"' in visitor.get("/me/confirm?page=/me/kit")
    refused = visitor.post("/me/confirm", status=400, password=BETTER, page="/me/kit")
    assert 'value="/me/kit"' in refused
    assert visitor.post("/me/confirm", password=GOOD, page="/me/kit") == "/me/kit"
    visitor.get("/me/kit")


def test_a_proof_may_be_a_passkey_or_a_password_with_a_code(hall: Hall) -> None:
    mara = hall.town.operator("mara")
    phone = with_passkey(hall.town, mara)
    secret, _ = with_second_step(hall.town, mara)
    visitor = hall.visitor()
    visitor.post("/signin/passkey", **by_passkey(visitor, phone))
    hall.town.clock.turn(minutes=11)
    page = visitor.get("/me/confirm?page=/me/kit")
    assert 'data-kind="get"' in page
    assert 'name="code"' in page
    visitor.post("/me/confirm", status=400, password=GOOD, code="000000")
    code = code_of(hall.town, secret)
    assert visitor.post("/me/confirm", password=GOOD, code=code, page="/me/kit") == "/me/kit"
    hall.town.clock.turn(minutes=11)
    assert visitor.post("/me/confirm", page="/me/kit", **by_passkey(visitor, phone)) == "/me/kit"
    visitor.get("/me/kit")


def test_nobody_is_sent_to_another_site_after_a_proof(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert visitor.post("/me/confirm", password=GOOD, page="https://evil.example/") == "/"


def test_an_operator_without_second_step_is_led_to_it(hall: Hall) -> None:
    hall.town.person("mara")
    visitor = hall.visitor()
    first = "/me/second-step?page=/me/devices"
    assert visitor.post("/signin", name="mara", password=GOOD, page="/me/devices") == first
    assert "braucht mehr als ein Passwort" in visitor.get(first)
    visitor.get("/me/confirm?page=/me/devices", 303)
    assert visitor.seen.headers["location"] == first
