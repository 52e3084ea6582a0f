"""The queue, waves, and what moderators do with accounts."""

import pytest

from allmende.core.accounts import STRANGER, ServerRole
from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.origins import invited_by
from allmende.identity.model.registration import UNDECIDED_PER_HOUR, WAVE_SHOWN, Mark, Mode
from tests.identity.newcomers import Arrivals
from tests.identity.town import Town


@pytest.fixture
def arrivals(town: Town) -> Arrivals:
    return Arrivals(town)


def test_a_wave_is_one_thing_to_decide_and_a_single_request_stands_beside_it(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    boss = town.operator("mara")
    arrivals.mode(Mode.REQUEST)
    arrivals.ask("early", "Ich koche mit.")
    town.clock.turn(hours=1)
    for number in range(WAVE_SHOWN):
        arrivals.ask(f"wave_{number}x")
    single, wave = town.run(town.identity.queue(boss)).waves
    assert (single.large, [one.name for one in single.some]) == (False, ["early"])
    assert (wave.large, wave.count, wave.some) == (True, WAVE_SHOWN, ())
    opened = town.run(town.identity.queue(boss, wave.origin)).waves
    assert [len(one.some) for one in opened] == [WAVE_SHOWN]
    assert town.run(town.identity.decide_wave(boss, wave.origin, grant=False)) == WAVE_SHOWN
    assert [one.origin for one in town.run(town.identity.queue(boss)).waves] == [single.origin]
    assert arrivals.state("wave_0x") is None
    duties = town.run(town.identity.duties(boss))
    assert duties is not None
    assert (duties.waiting, duties.operates) == (1, True)


def test_a_wave_can_be_let_in_as_one_too(arrivals: Arrivals) -> None:
    town = arrivals.town
    boss = town.operator("mara")
    arrivals.mode(Mode.OPEN)
    for number in range(UNDECIDED_PER_HOUR + 2):
        arrivals.sign_up(f"wave_{number:02}x")
    (wave,) = town.run(town.identity.queue(boss)).waves
    assert town.run(town.identity.decide_wave(boss, wave.origin, grant=True)) == 2
    assert arrivals.signs_in("wave_11x")


def test_all_accounts_of_one_origin_are_frozen_and_released_with_one_action(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    boss, juno = town.operator("mara"), arrivals.old_member("juno")
    for name in ("kim", "robin"):
        arrivals.come(town.run(town.identity.make_own_invite(juno)).code, name)
    town.run(town.identity.set_server_role(None, "robin", ServerRole.MODERATOR))
    origin = invited_by(town.account(juno))
    assert town.run(town.identity.freeze_origin(boss, origin)) == 1
    assert arrivals.state("kim") is AccountState.FROZEN
    assert arrivals.state("robin") is AccountState.ACTIVE, "who looks after the server stays"
    assert not arrivals.signs_in("kim")
    shown = {one.origin: one for one in town.run(town.identity.queue(boss)).origins}
    assert (shown[origin].by, shown[origin].counts[AccountState.FROZEN]) == ("juno", 1)
    assert town.told()[-1] == "identity.AccountFrozen"
    assert town.run(town.identity.release_origin(boss, origin)) == 1
    assert arrivals.signs_in("kim")


def test_a_frozen_account_is_out_at_once_and_in_again_after_the_release(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    boss = town.operator("mara")
    signed_in = arrivals.come(
        town.run(town.identity.make_server_invite(ServerRole.NONE)).code, "kim"
    )
    token = signed_in.token
    assert town.run(town.identity.caller(token, None)).account_id
    town.run(town.identity.freeze(boss, " Kim "))
    assert town.run(town.identity.caller(token, None)).account_id is None
    assert not arrivals.signs_in("kim")
    with pytest.raises(Conflict, match="other-state"):
        town.run(town.identity.freeze(boss, "kim"))
    town.run(town.identity.release(boss, "kim"))
    assert town.run(town.identity.caller(token, None)).account_id
    with pytest.raises(NotFound):
        town.run(town.identity.freeze(boss, "nobody"))


def test_moderators_decide_about_everybody_but_operators_and_not_about_themselves(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    boss, mona = town.operator("mara"), town.operator("mona")
    town.run(town.identity.set_server_role(boss, "mona", ServerRole.MODERATOR))
    arrivals.member("kim")
    town.run(town.identity.freeze(mona, "kim"))
    for name in ("mara", "mona"):
        with pytest.raises(NotAllowed, match="not-above"):
            town.run(town.identity.freeze(mona, name))
    with pytest.raises(NotAllowed, match="not-oneself"):
        town.run(town.identity.freeze(boss, "mara"))
    town.run(town.identity.freeze(boss, "mona"))
    with pytest.raises(NotAllowed):
        town.run(town.identity.queue(mona))


def test_nobody_else_decides_anything(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.member("juno")
    for caller, refused in ((who, NotAllowed), (STRANGER, NotSignedIn)):
        for act in (
            town.identity.queue(caller),
            town.identity.freeze(caller, "juno"),
            town.identity.release(caller, "juno"),
            town.identity.freeze_origin(caller, "server"),
            town.identity.decide_wave(caller, "server", grant=True),
            town.identity.set_mark(caller, "juno", Mark.PERMANENT, on=True),
        ):
            with pytest.raises(refused):
                town.run(act)
    assert town.run(town.identity.duties(who)) is None


def test_an_answer_has_limits(arrivals: Arrivals) -> None:
    town = arrivals.town
    boss = town.operator("mara")
    with pytest.raises(InvalidInput) as refused:
        town.run(town.identity.decide_wave(boss, "server", grant=True, answer="x" * 501))
    assert refused.value.values["field"] == "answer"


def test_the_command_line_sees_everybody_who_waits(arrivals: Arrivals) -> None:
    town = arrivals.town
    arrivals.mode(Mode.REQUEST)
    for number in range(WAVE_SHOWN + 1):
        arrivals.ask(f"wave_{number}x")
    waiting = town.run(town.identity.requests_waiting())
    assert [one.name for one in waiting] == [f"wave_{n}x" for n in range(WAVE_SHOWN + 1)]
