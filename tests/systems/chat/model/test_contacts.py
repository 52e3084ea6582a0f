"""The tables of RFC 6121, appendix A, and two sides that always agree in the end."""

from collections import deque
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.systems.chat.model.contacts import (
    MAX_LABELS,
    MAX_NAME_CHARS,
    NOTHING,
    Act,
    Circle,
    Contact,
    Standing,
    as_fellow,
    clean_labels,
    clean_name,
    farewell,
    incoming,
    outgoing,
)

STATES = {
    "none": NOTHING,
    "none+out": Standing(asks=True),
    "none+in": Standing(asked=True),
    "none+out+in": Standing(asks=True, asked=True),
    "to": Standing(sees=True),
    "to+in": Standing(sees=True, asked=True),
    "from": Standing(seen=True),
    "from+out": Standing(seen=True, asks=True),
    "both": Standing(sees=True, seen=True),
}

OUTGOING = """
none        sent   none+out    sent   none        kept   *           kept   *
none+out    sent   *           sent   none        kept   *           kept   *
none+in     sent   none+out+in sent   *           sent   from        sent   none
none+out+in sent   *           sent   none+in     sent   from+out    sent   none+out
to          sent   *           sent   none        kept   *           kept   *
to+in       sent   *           sent   none+in     sent   both        sent   to
from        sent   from+out    sent   *           kept   *           sent   none
from+out    sent   *           sent   from        kept   *           sent   none+out
both        sent   *           sent   from        kept   *           sent   to
"""  # RFC 6121, A.2.1 to A.2.4

INCOMING = """
none        shown  none+in     hidden *           hidden *           hidden *
none+out    shown  none+out+in hidden *           shown  to          shown  none
none+in     hidden *           shown  none        hidden *           hidden *
none+out+in hidden *           shown  none+out    shown  to+in       shown  none+in
to          shown  to+in       hidden *           hidden *           shown  none
to+in       hidden *           shown  to          hidden *           shown  none+in
from        hidden *           shown  none        hidden *           hidden *
from+out    hidden *           shown  none+out    shown  both        shown  from
both        hidden *           shown  to          hidden *           shown  from
"""  # RFC 6121, A.3.1 to A.3.4


def cells(table: str) -> list[tuple[str, str, str, str]]:
    """State, act, what happens, next state; a row has ask, stop, allow, refuse."""
    found = []
    for line in table.strip().splitlines():
        state, *rest = line.split()
        pairs = zip(rest[::2], rest[1::2], strict=True)
        for act, (happens, after) in zip(("ask", "stop", "allow", "refuse"), pairs, strict=True):
            found.append((state, act, happens, state if after == "*" else after))
    return found


@pytest.mark.parametrize(("state", "act", "happens", "after"), cells(OUTGOING))
def test_what_this_side_says_changes_what_the_table_says(
    state: str, act: str, happens: str, after: str
) -> None:
    told = outgoing(STATES[state], Act(act))
    assert replace(told.standing, approved=False) == STATES[after]
    assert told.goes_on == (happens == "sent")


@pytest.mark.parametrize(("state", "act", "happens", "after"), cells(INCOMING))
def test_what_the_other_side_says_changes_what_the_table_says(
    state: str, act: str, happens: str, after: str
) -> None:
    told = incoming(STATES[state], Act(act))
    assert told.standing == STATES[after]
    assert told.shown == (happens == "shown")
    is_seen_already = act == "ask" and STATES[state].seen
    assert told.answer == (Act.ALLOW if is_seen_already else None)


def test_an_approval_in_advance_answers_one_question() -> None:
    approved = outgoing(NOTHING, Act.ALLOW)
    assert approved.standing == Standing(approved=True)
    assert not approved.goes_on
    asked = incoming(approved.standing, Act.ASK)
    assert (asked.standing, asked.shown, asked.answer) == (Standing(seen=True), False, Act.ALLOW)
    assert outgoing(Standing(approved=True), Act.REFUSE).standing == NOTHING
    assert not outgoing(STATES["both"], Act.ALLOW).standing.approved


def agree(one: Standing, other: Standing) -> bool:
    return (one.sees, one.seen, one.asks, one.asked) == (
        other.seen,
        other.sees,
        other.asked,
        other.asks,
    )


MOVES = st.lists(st.tuples(st.sampled_from((0, 1)), st.sampled_from(list(Act))), max_size=30)


@given(MOVES)
def test_two_sides_agree_after_whatever_they_say_in_turn(moves: list[tuple[int, Act]]) -> None:
    sides = [NOTHING, NOTHING]
    for who, act in moves:
        told = outgoing(sides[who], act)
        sides[who] = told.standing
        way: deque[tuple[int, Act]] = deque([(1 - who, act)] if told.goes_on else [])
        while way:
            to, said = way.popleft()
            heard = incoming(sides[to], said)
            sides[to] = heard.standing
            if heard.answer is not None:
                way.append((1 - to, heard.answer))
        assert agree(sides[0], sides[1])
        for side in sides:
            assert not (side.sees and side.asks)
            assert not (side.seen and (side.asked or side.approved))


@given(MOVES)
def test_after_a_farewell_nothing_is_left_on_either_side(moves: list[tuple[int, Act]]) -> None:
    mine, theirs = NOTHING, NOTHING
    for who, act in moves:
        sides = [mine, theirs]
        told = outgoing(sides[who], act)
        sides[who] = told.standing
        if told.goes_on:
            heard = incoming(sides[1 - who], act)
            sides[1 - who] = heard.standing
            if heard.answer is not None:
                sides[who] = incoming(sides[who], heard.answer).standing
        mine, theirs = sides
    for act in farewell(mine):
        mine, theirs = outgoing(mine, act).standing, incoming(theirs, act).standing
    assert replace(mine, approved=False) == NOTHING
    assert replace(theirs, approved=False) == NOTHING


def test_a_mere_question_is_not_on_the_list_and_its_sender_stays_a_stranger() -> None:
    asked = Contact("a@x", standing=Standing(asked=True))
    assert not asked.is_shown
    assert not asked.is_known
    assert not asked.is_empty
    assert replace(asked, accepted=True).is_known
    assert Contact("a@x").is_empty
    assert Contact("a@x", standing=Standing(asks=True)).is_shown


def test_fellows_see_each_other_and_keep_the_name_they_were_given() -> None:
    plain = as_fellow(Contact("a@x"), "Anna", ["Küche"])
    assert (plain.name, plain.labels, plain.is_shown) == ("Anna", ("Küche",), True)
    assert plain.standing == STATES["both"]
    kept = Contact("a@x", name="Änne", labels=("Freunde", "Küche"))
    assert as_fellow(kept, "Anna", ["Küche"]).labels == ("Freunde", "Küche")
    assert as_fellow(kept, "Anna", []).name == "Änne"


def test_a_circle_knows_and_blocks_by_every_form_of_an_address() -> None:
    known = Contact("a@x", listed=True)
    circle = Circle(
        {"a@x": known, "b@x": Contact("b@x", heard=True)}, frozenset({"spam.example"}), ""
    )
    assert circle.shown() == [known]
    assert circle.contact("c@x") == Contact("c@x")
    assert circle.blocks(["a@spam.example", "spam.example"])
    assert not circle.blocks(["a@x", "x"])


def test_names_and_labels_are_tidied_and_bounded() -> None:
    assert clean_name("  Anna \n K. ") == "Anna K."
    assert clean_labels(["b", " a ", "b", ""]) == ("a", "b")
    with pytest.raises(InvalidInput, match=r"chat\.contact-name"):
        clean_name("x" * (MAX_NAME_CHARS + 1))
    with pytest.raises(InvalidInput, match=r"chat\.contact-labels"):
        clean_labels(str(n) for n in range(MAX_LABELS + 1))
    with pytest.raises(InvalidInput, match=r"chat\.contact-labels"):
        clean_labels(["x" * 129])
