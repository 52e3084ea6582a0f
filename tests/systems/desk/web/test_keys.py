"""App passwords as people make and end them, without a script."""

import re
from base64 import b64encode

import pytest

from allmende.core.accounts import Scope
from allmende.identity.model.app_passwords import CHAT, PADS, VOICE, secret_of
from allmende.protocols.mumble.address import MumblePlace
from allmende.systems.desk.web.keys import SCOPE_TEXTS
from tests.systems.desk.hall import Hall, Visitor

SECRET = re.compile(r'id="key-secret" value="([0-9a-z]{26})"')
ONCE = re.compile(r'name="once" value="([^"]+)"')
END = re.compile(r"/me/keys/(\d+)/end")


def made(visitor: Visitor, **fields: str) -> str:
    """Press the button of a purpose; return the page that shows the app password."""
    return visitor.post("/me/keys", status=200, **{"purpose": "chat", **fields})


def secret_on(page: str) -> str:
    found = SECRET.search(page)
    assert found is not None
    return found[1]


def test_one_is_made_in_two_clicks_and_shown_once(hall: Hall) -> None:
    mara, who = hall.member("mara")
    page = mara.get("/me/keys")
    assert 'name="purpose" value="chat"' in page
    assert 'name="purpose" value="pads"' in page
    shown = made(mara)
    assert mara.seen.headers["cache-control"] == "no-store"
    typed = secret_on(shown)
    assert secret_of(typed) == typed
    assert f"http://mara:{typed}@house.example" in shown
    assert typed not in mara.get("/me/keys")
    (kept,) = hall.town.run(hall.identity.app_passwords(who))
    assert kept.scopes == {Scope.CHAT}


def test_it_may_be_named_and_may_only_read(hall: Hall) -> None:
    mara, who = hall.member("mara")
    assert "Küchenrechner" in made(mara, purpose="pads", reads="on", label="Küchenrechner")
    page = mara.get("/me/keys")
    assert "Küchenrechner" in page
    assert "Liest deine Pads." in page
    (kept,) = hall.town.run(hall.identity.app_passwords(who))
    assert kept.scopes == {Scope.PADS_READ}


def test_one_is_ended(hall: Hall) -> None:
    mara, who = hall.member("mara")
    made(mara)
    number = END.findall(mara.get("/me/keys"))[0]
    juno, _ = hall.member("juno")
    juno.post(f"/me/keys/{number}/end", status=404)
    assert mara.post(f"/me/keys/{number}/end") == "/me/keys?done=ended"
    assert hall.town.run(hall.identity.app_passwords(who)) == []
    assert "wenigen Sekunden" in mara.get("/me/keys?done=ended")


def test_for_mumble_what_its_form_asks_for_is_shown(hall: Hall) -> None:
    hall = Hall(hall.database, mumble=MumblePlace("house.example", 64738))
    mara, who = hall.member("mara")
    assert 'href="/me/certificates/new"' in mara.get("/me/keys")
    shown = made(mara, purpose="voice", reads="on", label="Laptop")
    typed = secret_on(shown)
    for name, value in (("server", "house.example"), ("port", "64738"), ("name", "mara")):
        assert f'id="key-{name}" value="{value}"' in shown
    (address,) = re.findall(r'href="(mumble://[^"]+)"', shown)
    assert address.startswith("mumble://mara@house.example:64738/")
    assert typed not in address
    assert "http://mara" not in shown
    (kept,) = hall.town.run(hall.identity.app_passwords(who))
    assert kept.scopes == {Scope.VOICE}
    assert "sonst nichts" in mara.get("/me/keys")


def test_a_form_that_is_sent_twice_makes_one(hall: Hall) -> None:
    mara, who = hall.member("mara")
    found = ONCE.search(mara.get("/me/keys"))
    assert found is not None
    made(mara, once=found[1])
    again = mara.post("/me/keys", purpose="chat", once=found[1])
    assert again == "/me/keys?done=made"
    assert "schon gemacht" in mara.get(again)
    assert len(hall.town.run(hall.identity.app_passwords(who))) == 1


@pytest.mark.parametrize("purpose", ["", "voice", "desk"])
def test_a_purpose_that_does_not_exist_here_is_refused(hall: Hall, purpose: str) -> None:
    mara, who = hall.member("mara")
    page = mara.post("/me/keys", status=400, purpose=purpose, label="Laptop")
    assert "Wähle, wofür" in page
    assert 'value="Laptop"' in page
    assert hall.town.run(hall.identity.app_passwords(who)) == []


def test_a_name_that_cannot_be_is_refused_beside_its_field(hall: Hall) -> None:
    mara, _ = hall.member("mara")
    page = mara.post("/me/keys", status=400, purpose="chat", label="a\u202eb")
    assert 'id="field-label-error"' in page


def test_only_who_proved_themselves_just_now_makes_one(hall: Hall) -> None:
    mara, _ = hall.member("mara")
    hall.town.clock.turn(minutes=11)
    mara.get("/me/keys")
    assert mara.post("/me/keys", purpose="chat").startswith("/me/confirm?page=/me/keys")


def test_nobody_without_an_account_gets_here(hall: Hall) -> None:
    visitor = hall.visitor()
    visitor.get("/me/keys", status=401)
    visitor.post("/me/keys", status=401, purpose="chat")


def test_every_purpose_is_told_in_words() -> None:
    for purpose in (CHAT, PADS, VOICE):
        assert (purpose.scopes | purpose.reading) <= set(SCOPE_TEXTS)


def test_a_program_learns_who_it_is_and_which_rooms_there_are(hall: Hall) -> None:
    mara, who = hall.member("mara")
    group = hall.town.group(who)
    typed = secret_on(made(mara))
    basic = b64encode(f"mara:{typed}".encode()).decode()
    program = hall.visitor().browser
    answer = program.get("/api/v1/me", headers={"authorization": f"Basic {basic}"})
    own = answer.json()
    assert (own["name"], own["scopes"]) == ("mara", ["chat"])
    assert [room["group"] for room in own["rooms"]] == [group.name]
    assert mara.browser.get("/api/v1/me").json() == {**own, "scopes": []}
    nobody = program.get("/api/v1/me")
    assert (nobody.status_code, "www-authenticate" in nobody.headers) == (401, True)
    wrong = program.get("/api/v1/me", headers={"authorization": f"Basic {basic[:-4]}AAAA"})
    assert wrong.json()["error"] == "identity.wrong-app-password"
