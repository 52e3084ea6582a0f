"""From the start page to a room, without an account."""

import re

import pytest

from allmende.protocols.mumble.address import MumblePlace
from allmende.storage.database import Database
from allmende.systems.desk.service.notices import NoticeService
from tests.systems.desk.hall import URL, Hall


def test_anybody_starts_a_plenum_and_gets_both_links_once(hall: Hall) -> None:
    visitor = hall.visitor()
    assert "Plenum starten" in visitor.get("/")
    path = visitor.post("/start", name="Wohnen für alle", proof=visitor.solve())
    assert re.fullmatch(r"/r/[a-z2-9]{12}/started\?g=[\w-]{43}", path)
    page = visitor.get(path)
    slug, token = path.split("/")[2], path.partition("?g=")[2]
    assert "Wohnen für alle" in page
    assert f'value="{URL}/r/{slug}/call"' in page
    assert f'value="{URL}/r/{slug}/call?g={token}"' in page
    assert "Dieser Link wird nur jetzt gezeigt" in page
    assert "Keine Aufnahme" in page
    assert "endet der Raum am 23. Dezember 2026" in page
    assert hall.town.told() == ["identity.RoomMade"]


def test_the_link_of_a_new_plenum_is_for_mumble_as_well(database: Database) -> None:
    hall = Hall(database, mumble=MumblePlace("a.example"))
    visitor = hall.visitor()
    path = visitor.post("/start", name="Garten", proof=visitor.solve())
    slug = path.split("/")[2]
    assert f"mumble://:{slug}@a.example:64738/?title=Garten&version=" in visitor.get(path)


def test_a_plenum_without_a_name_is_called_plenum(hall: Hall) -> None:
    visitor = hall.visitor()
    assert "<h1><bdi>Plenum</bdi></h1>" in visitor.get(
        visitor.post("/start", name=" ", proof=visitor.solve())
    )


@pytest.mark.parametrize("proof", ["", "x", "e30="])
def test_without_the_work_nothing_is_opened_and_the_name_comes_back(hall: Hall, proof: str) -> None:
    page = hall.visitor().post("/start", status=400, name="Wohnen", proof=proof)
    assert 'value="Wohnen"' in page
    assert "Deine Eingaben sind noch da" in page
    assert hall.town.told() == []


def test_a_name_that_is_no_name_is_refused_beside_its_field(hall: Hall) -> None:
    visitor = hall.visitor()
    page = visitor.post("/start", status=400, name="a\u202eb", proof=visitor.solve())
    assert 'aria-invalid="true"' in page
    assert "unsichtbare Zeichen" in page
    assert hall.town.told() == []


def test_the_hourly_budget_ends_and_comes_back(sqlite: Database) -> None:
    hall = Hall(sqlite, budget=1)
    visitor = hall.visitor()
    visitor.post("/start", proof=visitor.solve())
    page = visitor.post("/start", status=429, name="Zweites", proof=visitor.solve())
    assert 'value="Zweites"' in page
    hall.town.clock.turn(hours=1)
    visitor.post("/start", proof=visitor.solve())


def test_the_operator_can_switch_open_rooms_off(sqlite: Database) -> None:
    visitor = Hall(sqlite, open_rooms=False).visitor()
    page = visitor.get("/")
    assert "/start" not in page
    assert "starten nur Leute mit Konto" in page
    visitor.post("/start", status=403, proof="")


def test_the_page_with_both_links_is_for_its_facilitator_only(hall: Hall) -> None:
    slug, token = hall.opened()
    visitor = hall.visitor()
    visitor.get(f"/r/{slug}/started?g={token}")
    for path in (f"/r/{slug}/started", f"/r/{slug}/started?g=x", f"/r/nowhere/started?g={token}"):
        visitor.get(path, 404)


def test_somebody_with_a_link_gets_where_it_leads(hall: Hall) -> None:
    visitor = hall.visitor()
    assert visitor.post("/find", link=f"{URL}/r/abcdefghjkmn/call?g=tok") == (
        "/r/abcdefghjkmn/call?g=tok"
    )
    page = visitor.post("/find", status=400, link="https://elsewhere.example/r/abcdefghjkmn")
    assert 'value="https://elsewhere.example/r/abcdefghjkmn"' in page
    assert "anderen Server" in page


def test_the_tips_of_our_users_are_on_the_page(hall: Hall) -> None:
    page = hall.visitor().get("/")
    for tip in ("Headset", "Stumm", "ausprobieren", "Kamera aus", "Kabel", "Sag deinen Namen"):
        assert tip in page
    assert "headset against" not in page
    assert "Use a headset" in hall.visitor("en").get("/")


def test_the_addresses_of_forms_lead_back_to_the_start(hall: Hall) -> None:
    for path in ("/start", "/find"):
        hall.visitor().get(path, 303)


def test_whoever_is_signed_in_sees_what_is_new_for_them(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    assert "ungelesene" not in visitor.get("/")
    notices = NoticeService(hall.database, hall.town.clock)
    told = notices.tell(hall.town.account(mara), "desk.push-new-in", {"group": "Küche"}, "/me")
    hall.town.run(told)
    assert "1 ungelesene Neuigkeit" in visitor.get("/")
    assert "ungelesene" not in hall.member("kim")[0].get("/")
