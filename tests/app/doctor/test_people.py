"""People, with and without the fault each check is for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from allmende.app.doctor import people
from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding
from allmende.identity.store.counts import People
from tests.app.doctor.wounds import GOOD, WARNING, told

WELL = People(
    operators=2,
    moderators_seen=1,
    requests_waiting=0,
    groups_with_one_admin=0,
    recoveries_waiting=0,
    registration="open",
)
FAULTS: list[tuple[Callable[[Situation], Finding], People]] = [
    (people.operators, replace(WELL, operators=1)),
    (people.moderators, replace(WELL, moderators_seen=0)),
    (people.requests, replace(WELL, requests_waiting=4)),
    (people.groups, replace(WELL, groups_with_one_admin=2)),
    (people.recoveries, replace(WELL, recoveries_waiting=1)),
    (people.registration, replace(WELL, moderators_seen=0)),
]


@pytest.mark.parametrize(("check", "hurt"), FAULTS)
def test_each_lack_of_people_is_found(
    here: Situation, check: Callable[[Situation], Finding], hurt: People
) -> None:
    assert told(check(replace(here, people=WELL)))[0] is GOOD
    assert told(check(replace(here, people=hurt)))[0] is WARNING
    assert "cannot be counted" in told(check(here))[1]


def test_where_people_are_invited_nobody_need_look(here: Situation) -> None:
    alone = replace(WELL, moderators_seen=0, registration="invite")
    assert people.registration(replace(here, people=alone)).state is GOOD
