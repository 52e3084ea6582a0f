from pathlib import PurePosixPath

import pytest

from allmende.core.permissions import Permission
from tools.docs import commands, dead_links, events, pages, permissions


def test_links_to_what_is_there_are_good() -> None:
    text = "[a](../README.md) [b](https://example.org) [c](#here) [d](tour.md#L1)"
    assert list(dead_links(PurePosixPath("docs/status.md"), text)) == []


def test_dead_links_are_named() -> None:
    text = "[a](none.md) [d](tour.md#L99999)"
    assert list(dead_links(PurePosixPath("docs/status.md"), text)) == [
        "docs/status.md: none.md does not exist",
        "docs/status.md: tour.md has no line 99999",
    ]


def test_every_command_and_its_options_are_on_the_page() -> None:
    page = commands()
    for name in (
        "serve",
        "check",
        "invite",
        "account recover",
        "backup",
        "restore",
        "config example",
    ):
        assert f"\n## allmende {name}\n" in page
    assert "--data" in page


def test_facts_and_signals_are_on_the_page_with_what_they_carry() -> None:
    page = events()
    assert "| `identity.RoomGone` | fact | room_id |" in page
    assert "| signal |" in page


def test_every_permission_is_on_the_page_with_who_has_it() -> None:
    rows = [line for line in permissions().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Permission)
    assert "| `group.administer` | - | - | - | yes | - | - | - |" in rows


@pytest.mark.slow
def test_five_pages_are_made_from_the_code() -> None:
    made = pages()
    assert len(made) == 5
    assert "| `/health.json` | GET | `app.parts` |" in made["docs/routes.md"]
    assert "| `/rtc/v1` | WebSocket |" in made["docs/routes.md"]
