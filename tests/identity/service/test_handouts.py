"""Other people's data on the command line: of several operators two agree, and it counts once."""

from functools import partial

import pytest

from allmende.core.accounts import STRANGER, Caller, ServerRole
from allmende.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn, ProofNeeded
from allmende.core.ids import HandoutId, PadId
from tests.identity.town import Town

ASKED, WAITS = "operators-asked", "second-operator-needed"


def hand_out(town: Town, refused: str = "") -> None:
    """Type the command for juno's account."""
    if not refused:
        town.run(town.identity.hand_out_account("Juno"))
        return
    with pytest.raises(Conflict, match=refused):
        town.run(town.identity.hand_out_account("juno"))


def waiting(town: Town, who: Caller) -> HandoutId:
    (found,) = town.run(town.identity.handouts(who))
    return found.id


def agree(town: Town, *everybody: Caller) -> None:
    for who in everybody:
        town.run(town.identity.agree_to_handout(who, waiting(town, who)))


def test_the_only_operator_decides_alone(town: Town) -> None:
    town.operator("mara")
    town.member("juno")
    hand_out(town)
    assert town.told()[-1] == "identity.HandedOut"


def test_of_several_two_agree_and_it_counts_once(town: Town) -> None:
    mara, kim = town.operator("mara"), town.operator("kim")
    town.member("juno")
    hand_out(town, ASKED)
    assert town.told()[-1] == "identity.HandoutAsked"
    hand_out(town, WAITS)
    agree(town, mara)
    with pytest.raises(Conflict, match="agreed-already"):
        agree(town, mara)
    hand_out(town, WAITS)
    agree(town, kim)
    hand_out(town)
    assert town.told().count("identity.HandedOut") == 1
    hand_out(town, ASKED)


def test_groups_and_pads_are_each_of_their_own(town: Town) -> None:
    mara, kim = town.operator("mara"), town.operator("kim")
    group = town.group(mara)
    ask = (
        partial(town.identity.hand_out_group, group.slug),
        partial(town.identity.hand_out_pad, PadId(7)),
        partial(town.identity.hand_out_pad, PadId(8)),
    )
    for one in ask:
        with pytest.raises(Conflict, match=ASKED):
            town.run(one())
    for who in (mara, kim):
        for found in town.run(town.identity.handouts(who))[:2]:
            town.run(town.identity.agree_to_handout(who, found.id))
    for one in ask[:2]:
        town.run(one())
    with pytest.raises(Conflict, match=WAITS):
        town.run(ask[2]())


def test_refused_or_forgotten_it_begins_anew(town: Town) -> None:
    mara, kim = town.operator("mara"), town.operator("kim")
    town.member("juno")
    hand_out(town, ASKED)
    agree(town, mara, kim)
    town.run(town.identity.refuse_handout(kim, waiting(town, kim)))
    hand_out(town, ASKED)
    agree(town, mara)
    town.clock.turn(days=15)
    assert town.run(town.identity.handouts(mara)) == []
    hand_out(town, ASKED)


def test_who_operates_no_more_agreed_to_nothing(town: Town) -> None:
    mara, kim, lou = (town.operator(name) for name in ("mara", "kim", "lou"))
    town.member("juno")
    hand_out(town, ASKED)
    agree(town, mara, kim)
    town.run(town.identity.set_server_role(mara, "kim", ServerRole.NONE))
    hand_out(town, WAITS)
    agree(town, lou)
    hand_out(town)


def test_everybody_else_is_refused_as_always(town: Town) -> None:
    mara, kim, juno = town.operator("mara"), town.operator("kim"), town.member("juno")
    hand_out(town, ASKED)
    waits = waiting(town, mara)
    for who, refused in ((juno, NotAllowed), (STRANGER, NotSignedIn)):
        for ask in (
            town.identity.handouts(who),
            town.identity.agree_to_handout(who, waits),
            town.identity.refuse_handout(who, waits),
        ):
            with pytest.raises(refused):
                town.run(ask)
    for ask in (
        town.identity.agree_to_handout(kim, HandoutId(99)),
        town.identity.refuse_handout(kim, HandoutId(99)),
        town.identity.hand_out_account("nobody"),
        town.identity.hand_out_group("nothing"),
    ):
        with pytest.raises(NotFound):
            town.run(ask)
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.agree_to_handout(mara, waits))
