"""How a room is, asked and answered as a form."""

import pytest

from allmende.protocols.xml.tree import parse
from allmende.protocols.xmpp import forms
from allmende.protocols.xmpp.errors import StanzaError
from allmende.systems.chat.model.rooms import MAX_OCCUPANTS, Config, Role
from allmende.systems.chat.wire.rooms import form

KEY = "key"


def filled(**fields: str) -> forms.Form:
    inner = "".join(
        f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>"
        for name, value in fields.items()
    )
    return forms.read(parse(f"<x xmlns='jabber:x:data' type='submit'>{inner}</x>".encode()))


def test_what_is_asked_can_be_answered_as_it_is() -> None:
    config = Config(title="Tea", password=KEY, anonymous=False, moderated=True, slow_s=3)
    written = forms.write(form.written(config))
    answer = forms.Form("submit", forms.read(written).fields)
    assert form.filled_in(Config(), answer) == config
    assert form.filled_in(config, forms.Form("submit")) == config


def test_each_answer_changes_its_own_thing() -> None:
    config = form.filled_in(
        Config(),
        filled(
            roomname=" Tea ", membersonly="true", whois="anyone", allowpm="none", maxusers="none",
            presencebroadcast="moderator", unknown="x",
        ),
    )  # fmt: skip
    assert config == Config(
        title="Tea", members_only=True, anonymous=False, private_messages=Role.NONE,
        most=MAX_OCCUPANTS, shown=frozenset((Role.MODERATOR,)),
    )  # fmt: skip
    secret = form.filled_in(Config(), filled(passwordprotectedroom="1", roomsecret=KEY))
    assert secret.password == KEY
    assert form.filled_in(secret, filled(passwordprotectedroom="0")).password == ""


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({"membersonly": "maybe"}, "bad-request"),
        ({"whois": "nobody"}, "bad-request"),
        ({"maxusers": "many"}, "bad-request"),
        ({"presencebroadcast": "king"}, "bad-request"),
        ({"roomname": "x" * 101}, "not-acceptable"),
        ({"passwordprotectedroom": "1"}, "not-acceptable"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, str], condition: str) -> None:
    with pytest.raises(StanzaError, match=condition):
        form.filled_in(Config(), filled(**fields))


def test_the_answer_to_another_question_is_refused() -> None:
    with pytest.raises(StanzaError, match="bad-request"):
        form.filled_in(Config(), forms.answered("other", {}))
