"""Who may write to whom is asked in one place; `test_server` shows it with apps."""

import asyncio

import pytest

from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.storage.database import Database
from allmende.systems.chat.wire.gate import ContactGate
from tests.systems.chat.wire.neighbours import Street, stanza


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database)


def gate_of(street: Street) -> ContactGate:
    return street.gate


def test_states_of_writing_need_no_answer_and_use_up_no_first_message(street: Street) -> None:
    gate, phone = gate_of(street), street.here(street.anna, "phone")
    state = stanza("<message to='bea@x.example' type='chat'/>")
    street.run(gate.admit(phone.jid, street.id_of(street.bea), state))
    assert not street.sees(street.bea, street.anna).heard


def test_a_first_message_counts_and_lets_the_other_answer(street: Street) -> None:
    gate, phone = gate_of(street), street.here(street.anna, "phone")
    first = stanza("<message to='bea@x.example' type='chat'><body>hallo</body></message>")
    street.run(gate.admit(phone.jid, street.id_of(street.bea), first))
    assert street.sees(street.bea, street.anna).heard
    assert street.sees(street.anna, street.bea).accepted


def test_names_are_found_and_unknown_ones_are_not(street: Street) -> None:
    gate = gate_of(street)
    assert street.run(gate.account_of("anna")) == street.id_of(street.anna)
    assert street.run(gate.account_of("nobody")) is None


def test_devices_of_the_blocked_are_not_asked(street: Street) -> None:
    gate, phone = gate_of(street), street.here(street.anna, "phone")
    street.run(street.contacts.block(street.id_of(street.anna), ["bea@x.example"]))
    with pytest.raises(StanzaError, match="not-acceptable"):
        asyncio.run(gate.require_peer(phone, parse("bea@x.example/tv")))
