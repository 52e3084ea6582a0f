from starlette.requests import Request

from allmende.core.accounts import STRANGER
from allmende.webkit.site import Site, Visit, caller_id, visit_of
from tests.webkit.house import MARA


def request_with(state: dict[str, object]) -> Request:
    return Request({"type": "http", "path": "/", "headers": [], "state": state})


def test_outside_of_sessions_everybody_is_a_stranger() -> None:
    visit = visit_of(request_with({}))
    assert (visit.caller, visit.site.secure) == (STRANGER, False)


def test_who_asks_is_in_the_state_of_the_request() -> None:
    request = request_with({"visit": Visit(Site(secure=True), MARA)})
    assert caller_id(request) == MARA.account_id


def test_keys_are_random_and_not_shown() -> None:
    site = Site(secure=True)
    assert site.form_key != Site(secure=True).form_key
    assert "form_key" not in repr(site)
