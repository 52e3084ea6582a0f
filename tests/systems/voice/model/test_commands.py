import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.messages import ActionOperation, ContextActionModify
from allmende.systems.voice.model.commands import (
    ITEMS,
    Action,
    Command,
    allowed,
    menu,
    menu_changes,
    read_command,
)

TEXTS = {action: action.name.title() for action in Action}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("!hand", Command(Action.HAND)),
        ("!melden", Command(Action.HAND)),
        ("/hand", Command(Action.HAND)),
        ("  !HAND ", Command(Action.HAND)),
        ("!down", Command(Action.DOWN)),
        ("!zurück", Command(Action.DOWN)),
        ("!zuru\u0308ck", Command(Action.DOWN)),
        ("!zurueck", Command(Action.DOWN)),
        ("!ZURÜCK", Command(Action.DOWN)),
        ("!list", Command(Action.ORDER)),
        ("!liste", Command(Action.ORDER)),
        ("!web", Command(Action.BROWSER)),
        ("!next", Command(Action.NEXT)),
        ("!weiter", Command(Action.NEXT)),
        ("!floor Mara Li", Command(Action.FLOOR, "Mara Li")),
        ("!wort  Mara   Li", Command(Action.FLOOR, "Mara Li")),
        ("!wort", Command(Action.FLOOR)),
        ("!muteall", Command(Action.MUTE_ALL)),
        ("!stumm", Command(Action.MUTE_ALL)),
        ("!open", Command(Action.OPEN)),
        ("!offen", Command(Action.OPEN)),
        ("!admit anna", Command(Action.ADMIT, "anna")),
        ("!rein anna", Command(Action.ADMIT, "anna")),
        ("!help", Command(Action.HELP)),
        ("/hilfe", Command(Action.HELP)),
    ],
)
def test_a_line_with_a_sign_and_a_known_word_is_a_command(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "hand",
        "!unbekannt",
        "! hand",
        "!open the door, please",
        "!hand\nund noch etwas",
        "!!hand",
        "wort !hand",
        "!wort " + "x" * 200,
        "/r/plenum",
    ],
)
def test_other_lines_are_texts(text: str) -> None:
    assert read_command(text) is None


@pytest.mark.slow
@given(st.text(max_size=250))
def test_any_text_is_a_command_or_none(text: str) -> None:
    command = read_command("!" + text)
    assert command is None or command.action in ITEMS


def test_every_action_has_its_item_and_no_word_stands_for_two() -> None:
    assert set(ITEMS) == set(Action)
    words = [word for item in ITEMS.values() for word in item.words]
    assert len(words) == len(set(words))
    assert all(read_command(f"!{word}") is not None for word in words)


def test_members_are_offered_what_is_theirs() -> None:
    assert allowed(facilitates=False) == (
        Action.HAND,
        Action.DOWN,
        Action.ORDER,
        Action.BROWSER,
        Action.HELP,
    )
    assert allowed(facilitates=True) == tuple(Action)
    assert menu(facilitates=False) == {Action.HAND, Action.DOWN, Action.ORDER, Action.BROWSER}
    assert menu(facilitates=True) == set(Action) - {Action.HELP}


def test_menus_are_changed_by_what_is_different_only() -> None:
    nothing: frozenset[Action] = frozenset()
    assert menu_changes(nothing, {Action.HAND, Action.FLOOR}, TEXTS) == (
        ContextActionModify(action="hand", text="Hand", context=3, operation=ActionOperation.ADD),
        ContextActionModify(action="floor", text="Floor", context=4, operation=ActionOperation.ADD),
    )
    changes = menu_changes({Action.HAND, Action.FLOOR}, {Action.HAND, Action.OPEN}, TEXTS)
    assert [(change.action, change.operation) for change in changes] == [
        ("floor", ActionOperation.REMOVE),
        ("open", ActionOperation.ADD),
    ]
    assert menu_changes({Action.HAND}, {Action.HAND}, TEXTS) == ()
