"""What every way in ends with."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.accounts import Account
from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId, SessionId
from allmende.identity.model.answers import SignedIn
from allmende.systems.desk.web.arriving import Arrivals, arrive, as_arrived, device_of, signed_in
from allmende.webkit.site import Site, Visit, visit_of
from tests.systems.desk.hall import Hall

SESSION = SignedIn("token", Account(AccountId(7), "mara"), False, SessionId(3), "device")


def request(secure: bool = True) -> Request:
    asked = Request({"type": "http", "headers": [], "state": {}})
    cookies = {"__Host-allmende-device": "known", "allmende-device": "plain"}
    asked.state.visit = Visit(Site(secure=secure), cookies=cookies)
    return asked


def test_both_cookies_are_for_this_site_alone() -> None:
    response = Response()
    arrive(response, request(), SESSION)
    cookies = response.headers.getlist("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == [
        "__Host-allmende",
        "__Host-allmende-device",
    ]
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_a_browser_is_known_by_its_cookie() -> None:
    assert device_of(request()) == "known"
    assert device_of(request(secure=False)) == "plain"


def test_the_page_after_knows_who_has_just_signed_in() -> None:
    asked = request()
    as_arrived(asked, SESSION)
    visit = visit_of(asked)
    assert (visit.account_name, visit.caller.session_id) == ("mara", SessionId(3))


def test_who_lacks_a_second_step_is_led_to_it_and_comes_back() -> None:
    lacking = SignedIn("t", SESSION.account, lacks_second_step=True)
    response = signed_in(request(), lacking, "/op?x=1")
    assert response.headers["location"] == "/me/second-step?page=/op%3Fx%3D1"
    assert signed_in(request(), SESSION, "/op").headers["location"] == "/op"


def test_work_is_checked_where_it_is_brought(hall: Hall) -> None:
    arrivals = Arrivals(hall.identity, hall.kit)
    assert not arrivals.worked("")
    with pytest.raises(InvalidInput):
        arrivals.worked("nonsense")
