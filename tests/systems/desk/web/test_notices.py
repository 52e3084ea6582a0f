"""The inbox as a browser without scripts sees it."""

import pytest

from allmende.core.accounts import Caller
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.web.notices import Ring, notice_routes
from tests.systems.desk.hall import Hall, Visitor

DEVICE = {"endpoint": "https://push.example/1", "p256dh": "k", "auth": "a", "shows_text": True}


@pytest.fixture
def notices(hall: Hall) -> NoticeService:
    """The inbox, on the pages of the hall."""
    service = NoticeService(hall.database, hall.town.clock)
    hall.app.router.routes.extend(notice_routes(service, hall.kit, Ring("key", "Europe/Berlin")))
    return service


def tell(hall: Hall, notices: NoticeService, who: Caller, **values: str) -> None:
    account_id = hall.town.account(who)
    hall.town.run(notices.tell(account_id, "desk.push-new-in", values, "/me"))


def test_an_empty_inbox_says_what_will_stand_there(hall: Hall, notices: NoticeService) -> None:
    visitor, _ = hall.member("mara")
    assert "Nichts Neues" in visitor.get("/me/notices")


def test_a_notice_is_read_by_opening_it(hall: Hall, notices: NoticeService) -> None:
    visitor, mara = hall.member("mara")
    tell(hall, notices, mara, group="<b>Küche</b>")
    page = visitor.get("/me/notices")
    assert "Neues in <b>Küche</b>" in page
    assert "<b>" not in visitor.seen.text
    number = hall.town.run(notices.inbox(mara)).notices[0].id
    assert visitor.post(f"/me/notices/{number}/open") == "/me"
    assert hall.town.run(notices.unread(mara)) == 0
    stranger, _ = hall.member("juno")
    stranger.post(f"/me/notices/{number}/open", status=404)


def test_all_that_is_on_the_page_is_read_at_once(hall: Hall, notices: NoticeService) -> None:
    visitor, mara = hall.member("mara")
    for _ in range(2):
        tell(hall, notices, mara, group="Küche")
    newest = hall.town.run(notices.inbox(mara)).notices[0].id
    assert visitor.post("/me/notices/read", up_to=newest) == "/me/notices"
    assert hall.town.run(notices.unread(mara)) == 0


def test_how_much_of_a_group_and_when_it_is_quiet(hall: Hall, notices: NoticeService) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    path = visitor.post(f"/me/notices/groups/{group.id}", level="none")
    assert path == "/me/notices?done=level#groups"
    assert '<option value="none" selected>' in visitor.get("/me/notices")
    visitor.post(f"/me/notices/groups/{group.id}", status=400, level="loud")
    visitor.post("/me/notices/quiet", begins="22:00", ends="7:00", time_zone="")
    page = visitor.get("/me/notices")
    assert 'value="22:00"' in page
    assert 'value="07:00"' in page
    visitor.post("/me/notices/quiet", begins="", ends="", time_zone="")
    assert 'value="22:00"' not in visitor.get("/me/notices")


def test_a_time_that_is_none_comes_back_with_what_was_typed(
    hall: Hall, notices: NoticeService
) -> None:
    visitor, _ = hall.member("mara")
    page = visitor.post("/me/notices/quiet", status=400, begins="late", ends="7:00")
    assert 'value="late"' in page
    assert "Schreib die Uhrzeit so" in page


def test_a_device_rings_and_is_silenced(hall: Hall, notices: NoticeService) -> None:
    visitor, _ = hall.member("mara")
    assert visitor.browser.post("/api/v1/me/device", json=DEVICE).status_code == 200
    assert "Meldet sich" in visitor.get("/me/notices")
    assert visitor.post("/me/notices/silent") == "/me/notices?done=silent#device"
    assert "allmende-ring" in visitor.get("/me/notices")
    wrong = visitor.browser.post("/api/v1/me/device", json={**DEVICE, "more": 1})
    assert wrong.status_code == 400


def test_programs_read_the_inbox_as_json(hall: Hall, notices: NoticeService) -> None:
    visitor, mara = hall.member("mara")
    tell(hall, notices, mara, group="Küche")
    [notice] = visitor.browser.get("/api/v1/me/notices").json()["notices"]
    assert (notice["text"], notice["read"], notice["link"]) == ("Neues in Küche", False, "/me")


def test_where_pushes_are_off_the_page_does_not_offer_them(hall: Hall) -> None:
    service = NoticeService(hall.database, hall.town.clock)
    hall.app.router.routes.extend(notice_routes(service, hall.kit, Ring("", "Europe/Berlin")))
    visitor, _ = hall.member("mara")
    assert "allmende-ring" not in visitor.get("/me/notices")


def test_strangers_have_no_inbox(hall: Hall, notices: NoticeService) -> None:
    visitor: Visitor = hall.visitor()
    visitor.get("/me/notices", 401)
    assert visitor.browser.post("/api/v1/me/device", json=DEVICE).status_code == 401
