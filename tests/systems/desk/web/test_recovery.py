"""The recovery kit in the browser: made, used, stopped."""

import re
from urllib.parse import unquote

from tests.fakes.authenticator import Authenticator
from tests.systems.desk.hall import URL, Hall, Visitor

BETTER = "vier gelbe birnen am zaun"
SHORT = "x"
KIT_CODE = re.compile(r'class="kit-code">([0-9A-Z-]{31})<')
FILE = re.compile(r'href="data:text/plain;charset=utf-8,([^"]+)"')


def kit_of(visitor: Visitor) -> str:
    assert "Du hast" not in visitor.get("/me/kit")
    return str(KIT_CODE.findall(visitor.post("/me/kit", status=200))[0])


def test_the_kit_is_a_page_and_a_file_with_the_same_code_shown_once(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    code = kit_of(visitor)
    file = unquote(FILE.findall(visitor.seen.text)[0])
    for said in (f"Code: {code}", "Name: mara", "Notfallblatt für localhost"):
        assert said in file
    assert visitor.seen.headers["cache-control"] == "no-store"
    assert code not in visitor.get("/me/kit")
    assert "Dein altes Notfallblatt gilt dann nicht mehr" in visitor.get("/me/kit")


def test_a_code_leads_to_a_private_page_that_waits_and_then_opens(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    code = kit_of(visitor)
    lost = hall.visitor()
    assert "Notfallblatt" in lost.get("/recover")
    page = lost.post("/recover", code=code)
    assert URL + page in lost.get(page)
    assert "nicht jetzt" not in lost.get(page)
    assert "Wartezeit läuft noch" not in lost.get(page)
    lost.post(page, status=409, password=BETTER)
    hall.town.clock.turn(hours=48)
    assert 'name="password"' in lost.get(page)
    assert "zu kurz" in lost.post(page, status=400, password=SHORT)
    new = lost.post(page, status=200, password=BETTER)
    assert KIT_CODE.findall(new)[0] != code
    assert "mara" in lost.get("/me")
    visitor.get("/me", 401)
    assert "Das ist schon erledigt" in hall.visitor().get(page)


def test_a_passkey_finishes_it_too(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    lost = hall.visitor()
    page = lost.post("/recover", code=kit_of(visitor))
    hall.town.clock.turn(hours=48)
    assert 'data-name-field="name"' in lost.get(page)
    options = lost.send("/api/v1/passkeys/new", {"name": "mara"})
    answer = Authenticator().make(options["json"])
    lost.post(page, status=200, passkey=answer, passkey_ticket=options["ticket"])
    assert "Du hast 1 Passkey." in lost.get("/me")


def test_the_devices_of_the_account_see_it_on_every_page_and_stop_it_with_one_press(
    hall: Hall,
) -> None:
    visitor, _ = hall.member("mara")
    assert "recovery-banner" not in visitor.get("/me")
    lost = hall.visitor()
    page = lost.post("/recover", code=kit_of(visitor))
    for path in ("/", "/me", "/me/recovery"):
        assert "recovery-banner" in visitor.get(path)
    assert "recovery-banner" not in hall.visitor().get("/")
    assert visitor.post("/me/recovery/stop") == "/me/recovery?done=stopped"
    assert "recovery-banner" not in visitor.get("/me/recovery?done=stopped")
    assert "Ein angemeldetes Gerät hat das angehalten" in lost.get(page)
    visitor.post("/me/recovery/stop", status=404)


def test_a_device_of_the_account_lets_it_in_at_once(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    lost = hall.visitor()
    page = lost.post("/recover", code=kit_of(visitor))
    assert visitor.post("/me/recovery/confirm") == "/me/recovery?done=confirmed"
    assert "Das andere Gerät kann jetzt hinein" in visitor.get("/me/recovery?done=confirmed")
    lost.post(page, status=200, password=BETTER)


def test_wrong_codes_get_one_answer_and_are_counted(hall: Hall) -> None:
    visitor = hall.visitor()
    for code in ("x", "0" * 26, ""):
        page = visitor.post("/recover", status=404, code=code)
        assert "Mit diesem Code geht es nicht" in page
        assert f'value="{code}"' not in page or not code
    visitor.post("/recover", status=429, code="x")


def test_an_address_that_was_never_given_leads_nowhere(hall: Hall) -> None:
    visitor = hall.visitor()
    assert "führt nirgendwohin" in visitor.get("/recover/nonsense", 404)
    visitor.post("/recover/nonsense", status=404, password=BETTER)
