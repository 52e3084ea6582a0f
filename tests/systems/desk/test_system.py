"""Desk put together."""

from allmende.systems.desk.system import TEMPLATES
from tests.systems.desk.hall import Hall


def test_the_pages_of_the_specification_are_there(hall: Hall) -> None:
    paths = {route.path for route in hall.routes}
    assert {"/", "/start", "/i/{code}", "/signin", "/me", "/g/{slug}", "/privacy"} <= paths
    assert {"/imprint", "/r/{slug}/started"} <= paths


def test_every_template_is_of_desk() -> None:
    assert [folder.name for folder in TEMPLATES.iterdir()] == ["desk"]
