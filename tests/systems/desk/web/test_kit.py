"""What the pages of desk share."""

from allmende.systems.desk.web.kit import to


def test_after_a_form_the_browser_asks_anew_and_keeps_nothing() -> None:
    response = to("/g/kueche#rooms")
    assert (response.status_code, response.headers["location"]) == (303, "/g/kueche#rooms")
    assert response.headers["cache-control"] == "no-store"
