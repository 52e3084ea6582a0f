import pytest

from allmende.webkit.sessions import FORM_COOKIE
from tests.webkit.house import Build
from tests.webkit.test_http import FORM, JSON, ticket_of

HOST = "https://house.example"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 201),
        ({"Origin": HOST}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HOST}, 403),
        ({"Origin": "https://other.example"}, 403),
        ({"Origin": "https://house.example.evil.example"}, 403),
        ({"Origin": "https://["}, 403),
    ],
)
def test_what_another_site_caused_is_refused(
    house: Build, headers: dict[str, str], status: int
) -> None:
    answer = house().client().post("/api/v1/notes", json={"text": "a"}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"] == "web.other-site"


def test_a_form_of_an_old_browser_lives_from_its_ticket(house: Build) -> None:
    client = house().client(Origin="null")
    body = {"ticket": ticket_of(client), "text": "a"}
    assert client.post("/send", data=body).status_code == 200
    assert client.post("/send", data={"text": "a"}).status_code == 403
    assert client.post("/send", data={**body, "ticket": "0" * 64}).status_code == 403


def test_a_ticket_of_another_browser_is_worth_nothing(house: Build) -> None:
    built = house()
    mara, eve = built.client(), built.client()
    ticket_of(mara)
    stolen = {"ticket": ticket_of(eve), "text": "a"}
    assert mara.post("/send", data=stolen).status_code == 403
    assert house().client().post("/send", data=stolen).status_code == 403


def test_the_refused_form_says_what_to_do(house: Build) -> None:
    client = house().client(**{"Accept-Language": "de"})
    page = client.post("/send", content="text=a", headers=FORM)
    assert page.status_code == 403
    assert "Das Formular ist nicht mehr gültig. Es wurde nichts geändert." in page.text
    assert "lade die Seite neu" in page.text


def test_pages_without_a_form_of_their_own_set_no_cookie(house: Build) -> None:
    client = house().client()
    assert "set-cookie" not in client.get("/nothing").headers


def test_the_ticket_cookie_lasts_for_later_pages(house: Build) -> None:
    client = house().client()
    first = ticket_of(client)
    assert client.cookies[f"__Host-{FORM_COOKIE}"]
    assert ticket_of(client) == first


def test_a_form_type_cannot_carry_json(house: Build) -> None:
    answer = house().client().post("/api/v1/notes", content=b'{"text":"a"}', headers=FORM)
    assert answer.status_code == 400
    assert JSON["Content-Type"] == "application/json"
