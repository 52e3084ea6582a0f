"""Everything that can sign in, on one page."""

from allmende.core.accounts import Scope
from allmende.systems.desk.web.devices import quarter_of, week_shown
from tests.identity.service.codes import with_passkey
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall


def test_sessions_have_names_of_plants_and_weeks_and_end_one_by_one(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    page = visitor.get("/me/devices")
    assert "Woche 48/2026" in page
    sessions = hall.town.run(hall.identity.sessions(mara))
    assert len(sessions) == 2
    assert visitor.post(f"/me/sessions/{sessions[0].id}/end") == "/me/devices?done=session"
    assert "Die Anmeldung ist beendet" in visitor.get("/me/devices?done=session")
    assert visitor.post(f"/me/sessions/{sessions[1].id}/end") == "/"
    visitor.get("/me/devices", 401)


def test_sessions_and_passkeys_get_names(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    with_passkey(hall.town, mara)
    (passkey,) = hall.town.run(hall.identity.passkeys(mara))
    session = hall.town.session(mara)
    for path in (f"/me/sessions/{session}/name", f"/me/passkeys/{passkey.id}/name"):
        assert visitor.post(path, label="<b>Küche") == "/me/devices?done=named"
    page = visitor.get("/me/devices?done=named")
    assert page.count('<bdi class="row-title"><b>Küche</bdi>') == 2
    assert "<b>Küche" not in visitor.seen.text
    assert "Hier fehlt ein Name" in visitor.post(
        f"/me/sessions/{session}/name", status=400, label=" "
    )


def test_app_passwords_stand_there_too_and_end_there(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    made = hall.town.run(hall.identity.make_app_password(mara, frozenset({Scope.CHAT}), "Küche"))
    page = visitor.get("/me/devices")
    assert "Küche" in page
    assert f"/me/keys/{made.id}/end" in page
    visitor.post("/me/devices/end-others")
    assert "Küche" not in visitor.get("/me/devices")


def test_certificates_stand_there_with_a_name_and_a_quarter_and_end_there(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    assert "Quartal" not in visitor.get("/me/devices")
    number = hall.town.run(hall.identity.bind_certificate(mara, b"der", "Laptop"))
    page = visitor.get("/me/devices")
    assert "Verbunden im 4. Quartal 2026" in page
    assert "Laptop" in page
    path = f"/me/certificates/{number}/name"
    assert visitor.post(path, label="Küche") == "/me/devices?done=named"
    assert "Hier fehlt ein Name" in visitor.post(path, status=400, label=" ")
    assert "Küche" in visitor.get("/me/devices")
    juno, _ = hall.member("juno")
    juno.post(path, status=404, label="x")
    visitor.post("/me/devices/end-others")
    assert "Küche" not in visitor.get("/me/devices")


def test_all_but_this_end_at_once(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    other = hall.visitor()
    other.post("/signin", name="mara", password=GOOD)
    assert visitor.post("/me/devices/end-others") == "/me/devices?done=others"
    other.get("/me", 401)
    visitor.get("/me/devices?done=others")


def test_a_week_is_shown_as_people_say_it() -> None:
    assert week_shown("2026-W07") == "7/2026"


def test_a_quarter_is_told_in_a_sentence() -> None:
    assert quarter_of("2026-Q4") == {"year": "2026", "n": "4"}
