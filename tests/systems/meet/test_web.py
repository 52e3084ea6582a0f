"""The pages of a call, and the JSON that the page asks."""

import re
from html import unescape
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import pytest

from allmende.core.rooms import Lobby
from allmende.identity.model.ways import mumble_address
from allmende.protocols.mumble.address import MumblePlace
from tests.systems.meet.conftest import House
from tests.systems.meet.site import MeetSite

pytestmark = pytest.mark.slow

MUMBLE = MumblePlace("v.example", 5)


def test_the_page_of_an_open_room_says_what_to_do_without_scripts(house: House) -> None:
    room, _ = house.open_room()
    page = MeetSite(house).browser().get(f"/r/{room.slug}/call")
    assert page.status_code == 200
    assert "Offen" in page.text
    assert "könnten mithören" in page.text
    assert "<noscript>" in page.text
    assert "Alle mit diesem Link" in page.text
    assert "camera=(self)" in page.headers["permissions-policy"]
    english = MeetSite(house).browser("en").get(f"/r/{room.slug}/call")
    assert "could listen in" in english.text


def test_the_short_address_leads_to_the_call_and_keeps_the_link(house: House) -> None:
    room, token = house.open_room()
    answer = MeetSite(house).browser().get(f"/r/{room.slug}?g={token}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/r/{room.slug}/call?g={token}"


def test_a_room_of_a_group_looks_like_none_to_strangers(house: House) -> None:
    room = house.group_room()
    browser = MeetSite(house).browser()
    assert browser.get(f"/r/{room.slug}/call").status_code == 404
    assert browser.get("/r/nowhere/call").status_code == 404
    assert browser.get(f"/r/{room.slug}/call?g={house.link(room)}").status_code == 200


@pytest.mark.parametrize(
    ("why", "text"),
    [("", "verlassen"), ("removed", "entfernt"), ("ended", "beendet"), ("<b>", "verlassen")],
)
def test_the_page_after_a_call_says_why_it_is_over(house: House, why: str, text: str) -> None:
    room, _ = house.open_room()
    page = MeetSite(house).browser().get(f"/r/{room.slug}/left", params={"why": why})
    assert page.status_code == 200
    assert text in page.text
    assert "<b>" not in page.text


def test_a_guest_joins_waits_and_is_let_in_all_by_json(house: House) -> None:
    room, token = house.open_room()
    site = MeetSite(house)
    eule, rabe = site.browser(), site.browser()
    joined = eule.call(room.id, "join", name="Eule", link=token).json()
    assert joined["role"] == "facilitator"
    assert set(joined) >= {"url", "token", "identity", "pass", "ends_at", "cameras_fit", "name"}
    assert joined["state"]["hands"] == []
    waiting = rabe.call(room.id, "join", name="Rabe")
    assert waiting.status_code == 202
    assert waiting.json()["state"] == "waiting"
    assert "allmende-guest" in rabe.cookies
    base = f"/api/v1/rooms/{room.id}/call"
    (person,) = eule.get(f"{base}/waiting").json()
    assert person["name"] == "Rabe"
    assert eule.call(room.id, "admit", key=person["key"]).json() == {}
    inside = rabe.call(room.id, "join", name="Rabe")
    assert inside.status_code == 200
    assert inside.json()["rights"]["sources"] == ["camera", "microphone"]
    house.connect(room.id, inside.json()["identity"])
    assert rabe.call(room.id, "hand", up=True).json()["hands"] == [inside.json()["identity"]]
    assert rabe.get(base).json()["people"] == 1
    assert rabe.call(room.id, "mute-all").status_code == 403
    assert rabe.call(room.id, "name", name="Krähe").json() == {"name": "Krähe"}
    assert rabe.call(room.id, "leave", identity=inside.json()["identity"]).json() == {}


def test_a_camera_that_does_not_fit_is_refused_with_a_sentence(house: House) -> None:
    room = house.group_room(Lobby.OFF)
    house.enter(house.fay, room.id)
    house.run(house.meet.cameras(house.fay, room.id, 0))
    page = MeetSite(house).browser()
    link = house.link(room)
    answer = page.call(room.id, "join", name="Rabe", link=link, video=True).json()
    assert answer["camera_refused"].startswith("Hier passen 0 Kameras")


def test_an_invitation_is_a_whole_address_with_a_code_to_scan(house: House) -> None:
    room, token = house.open_room()
    page = MeetSite(house).browser()
    page.call(room.id, "join", name="Eule", link=token)
    found = page.call(room.id, "invite", link=token).json()
    assert found["url"] == f"https://house.example/r/{room.slug}/call"
    assert found["path"].startswith("M")


def shown_address(text: str) -> SplitResult:
    """What opens Mumble, as the page of the call has it."""
    found = re.search(r' mumble="([^"]+)"', text)
    assert found is not None
    return urlsplit(unescape(found[1]))


def test_a_guest_opens_mumble_with_the_link_that_they_came_by(house: House) -> None:
    room = house.group_room()
    link = house.link(room)
    page = MeetSite(house, mumble=MUMBLE).browser()
    first = page.get(f"/r/{room.slug}/call?g={link}").text
    url = shown_address(first)
    assert (url.username, url.password, url.netloc.rpartition("@")[2]) == ("", link, "v.example:5")
    assert parse_qs(url.query) == {"title": ["Plenum"], "version": ["1.2.0"]}
    assert " mumble-code" in first
    page.call(room.id, "join", name="Mara Müller", link=link)
    again = shown_address(page.get(f"/r/{room.slug}/call?g={link}").text)
    assert unquote(again.username or "") == "Mara Müller"


def test_the_address_of_an_open_room_is_what_lets_mumble_in(house: House) -> None:
    room, _ = house.open_room()
    text = MeetSite(house, mumble=MUMBLE).browser().get(f"/r/{room.slug}/call").text
    assert shown_address(text).password == room.slug
    assert text.count("mumble://") == 2  # also for those without scripts


def test_where_mumble_is_off_nothing_is_said_of_it(house: House) -> None:
    room, _ = house.open_room()
    page = MeetSite(house).browser()
    assert "mumble" not in page.get(f"/r/{room.slug}/call").text
    page.call(room.id, "join", name="Eule")
    assert page.call(room.id, "invite").json()["mumble"] is None


def test_an_invitation_is_for_mumble_as_well_and_names_nobody(house: House) -> None:
    room, token = house.open_room()
    page = MeetSite(house, mumble=MUMBLE).browser()
    page.call(room.id, "join", name="Eule", link=token)
    found = page.call(room.id, "invite", link=token).json()["mumble"]
    url = urlsplit(found["url"])
    assert (url.scheme, url.username, url.password) == ("mumble", "", room.slug)
    assert found["path"].startswith("M")
    assert found["size"] > 20


def test_members_find_their_room_in_mumble_by_group_and_name(house: House) -> None:
    room = house.group_room()
    door = house.run(house.meet.doorway(house.mel, room.slug, None))
    assert mumble_address(MUMBLE, door.way) == (
        "mumble://mel@v.example:5/K%C3%BCche/Plenum?title=Plenum&version=1.2.0"
    )
    house.enter(house.mel, room.id)
    passed_on = house.run(house.meet.invitation(house.mel, room.id, None, make=False))
    address = mumble_address(MUMBLE, passed_on.way)
    assert address.startswith("mumble://v.example:5/K%C3%BCche/Plenum?")
    made = house.run(house.meet.invitation(house.ada, room.id, None, make=True))
    assert made.way is not None
    assert made.path.endswith(made.way.code)
    assert made.way.path == ()


def test_a_guest_without_a_link_knows_no_other_way(house: House) -> None:
    room = house.group_room()
    rabe = house.guest(room.id, "Rabe", house.link(room))
    assert house.run(house.meet.doorway(rabe, room.slug, None)).way is None


def test_what_is_not_well_formed_is_refused_before_anything_happens(house: House) -> None:
    room, _ = house.open_room()
    page = MeetSite(house).browser()
    assert page.call(room.id, "join", name="Rabe", colour="black").status_code == 400
    assert page.call(room.id, "join", name="").status_code == 400
    assert page.call(room.id, "join", name="x" * 61).status_code == 400
    assert page.call(10**20, "join", name="Rabe").status_code == 404
    other = page.post(
        f"/api/v1/rooms/{room.id}/call/join", json={}, headers={"sec-fetch-site": "cross-site"}
    )
    assert other.status_code == 403
    assert house.meet.running.find(room.id) is None


def test_joining_and_echo_tests_have_a_limit(house: House) -> None:
    room, _ = house.open_room()
    page = MeetSite(house, joins=1).browser()
    assert page.call(room.id, "join", name="Rabe").status_code == 202
    assert page.call(room.id, "join", name="Rabe").status_code == 429
    headers = {"sec-fetch-site": "same-origin"}
    answers = [page.post("/api/v1/echo", json={}, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert len(answers[0].json()["tokens"]) == 2
