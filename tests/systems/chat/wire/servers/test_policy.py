"""With whom a server talks."""

import pytest

from allmende.systems.chat.wire.servers.policy import Federation, Policy


def policy(federation: Federation) -> Policy:
    return Policy(
        domains=frozenset({"a.example", "rooms.a.example"}),
        federation=federation,
        allies=("ally.example",),
        blocked=("bad.example",),
        services=("push.example",),
    )


@pytest.mark.parametrize(
    ("domain", "by"),
    [
        ("other.example", "open"),
        ("ally.example", "open allies"),
        ("rooms.ally.example", "open allies"),
        ("bally.example", "open"),
        ("bad.example", ""),
        ("rooms.bad.example", ""),
        ("push.example", "open allies closed"),
        ("a.example", ""),
        ("rooms.a.example", ""),
    ],
)
def test_it_is_as_the_operator_chose(domain: str, by: str) -> None:
    talks = [each.value for each in Federation if policy(each).talks_to(domain)]
    assert sorted(talks) == sorted(by.split())


def test_what_is_ours_is_known() -> None:
    assert policy(Federation.CLOSED).is_ours("rooms.a.example")
    assert not policy(Federation.CLOSED).is_ours("x.a.example")
