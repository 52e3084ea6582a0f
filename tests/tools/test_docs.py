from pathlib import PurePosixPath

from tools.docs import commands, dead_links, events, pages


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
        "account reset",
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


def test_three_pages_are_made_from_the_code() -> None:
    assert len(pages()) == 3
