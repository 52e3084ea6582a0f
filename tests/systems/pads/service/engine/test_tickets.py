"""A ticket is good once, for half a minute."""

from dataclasses import replace

from allmende.core.ids import PadId
from allmende.systems.pads.model.sessions import MAX_CLIENT, TICKET_LIFE_S
from allmende.systems.pads.service.engine.tickets import Tickets, ends_s, new_session_id
from tests.systems.pads.service.engine.test_connection import TICKET

ONE = TICKET.pad_id


def test_a_ticket_is_good_once() -> None:
    tickets = Tickets()
    token = tickets.add(TICKET)
    assert tickets.waiting(ONE) == 1
    assert tickets.take(token, 0.0) is TICKET
    assert tickets.take(token, 0.0) is None
    assert tickets.waiting(ONE) == 0


def test_a_ticket_ends() -> None:
    tickets = Tickets()
    early, late = tickets.add(TICKET), tickets.add(TICKET)
    assert tickets.take(early, TICKET_LIFE_S - 0.1) is TICKET
    assert tickets.take(late, TICKET_LIFE_S) is None
    assert ends_s(5.0) == 5.0 + TICKET_LIFE_S


def test_what_nobody_used_is_swept_in_time() -> None:
    tickets = Tickets()
    tickets.add(TICKET)
    young = replace(TICKET, ends_s=60.0)
    token = tickets.add(young)
    assert tickets.sweep(30.0) == [TICKET]
    assert tickets.waiting(ONE) == 1
    assert tickets.take(token, 31.0) is young


def test_tickets_of_a_pad_that_is_gone_are_void() -> None:
    tickets = Tickets()
    gone, other = tickets.add(TICKET), tickets.add(replace(TICKET, pad_id=PadId(2)))
    tickets.forget(ONE)
    assert tickets.take(gone, 0.0) is None
    assert tickets.take(other, 0.0) is not None
    assert tickets.waiting(ONE) == 0


def test_tokens_and_sessions_are_never_the_same() -> None:
    tickets = Tickets()
    assert len({tickets.add(TICKET) for _ in range(100)}) == 100
    assert all(0 < new_session_id() <= MAX_CLIENT for _ in range(100))
