"""What a body means."""

import msgspec
import pytest

from allmende.core.errors import InvalidInput
from allmende.systems.plenum.model.agenda import Change, ItemKind, Next
from allmende.systems.plenum.web import commands
from allmende.systems.plenum.web.commands import COMMANDS, After, ChangeBody
from tests.systems.plenum.conftest import item


def test_every_command_of_the_plan_is_there() -> None:
    words = """
    open plan start pause resume close reopen
    add change move remove import begin next end extend park
    """
    assert set(COMMANDS) == set(words.split())


def test_what_is_left_out_of_a_change_stays() -> None:
    body = msgspec.json.decode(b'{"item": 3, "kind": "break"}', type=ChangeBody)
    assert commands._change(body) == Change(item=item(3), kind=ItemKind.BREAK)
    with pytest.raises(InvalidInput, match="no-title"):
        commands._change(ChangeBody(item=3, title=" "))


def test_next_knows_nothing_seen_from_not_said() -> None:
    read = [
        msgspec.json.decode(text, type=After) for text in (b"{}", b'{"after":null}', b'{"after":2}')
    ]
    assert [commands._next(body) for body in read] == [
        Next(),
        Next(None, seen=True),
        Next(item(2), seen=True),
    ]
