"""Where a domain's server is, and which certificates are its own."""

import random

import pytest

from allmende.protocols.xmpp.service_names import (
    Presented,
    Record,
    Target,
    service_names,
    targets,
)


def record(host: str, priority: int = 0, weight: int = 0, port: int = 5269) -> Record:
    return Record(priority, weight, port, host, direct=False)


def first(_count: int) -> int:
    return 0


def test_both_services_are_asked_for_in_ascii() -> None:
    assert service_names("bücher.example") == [
        ("_xmpps-server._tcp.xn--bcher-kva.example", True),
        ("_xmpp-server._tcp.xn--bcher-kva.example", False),
    ]


def test_without_records_the_domain_itself_is_tried() -> None:
    assert targets("a.example", [], first) == [Target("a.example", 5269, direct=False)]


def test_records_come_by_priority_and_a_domain_may_have_no_server() -> None:
    found = targets("a.example", [record("c.", 2), record("b.", 1), record("d.", 2)], first)
    assert [each.host for each in found] == ["b", "c", "d"]
    assert targets("a.example", [record(".")], first) == []


def test_a_name_with_500_targets_is_tried_at_eight() -> None:
    records = [record(f"h{number}.example", weight=number) for number in range(500)]
    assert len(targets("a.example", records, random.Random(1).randrange)) == 8


def test_heavier_records_come_first_more_often() -> None:
    pick = random.Random(1).randrange
    records = [record("light.example", weight=10), record("heavy.example", weight=90)]
    wins = sum(targets("a.example", records, pick)[0].host == "heavy.example" for _ in range(500))
    assert 400 < wins < 490


@pytest.mark.parametrize(
    ("names", "domain", "fits"),
    [
        (Presented(hosts=frozenset({"a.example"})), "a.example", True),
        (Presented(hosts=frozenset({"A.Example."})), "a.example", True),
        (Presented(hosts=frozenset({"b.example"})), "a.example", False),
        (Presented(hosts=frozenset({"*.a.example"})), "rooms.a.example", True),
        (Presented(hosts=frozenset({"*.a.example"})), "a.example", False),
        (Presented(hosts=frozenset({"*.a.example"})), "x.rooms.a.example", False),
        (Presented(hosts=frozenset({"r*.a.example"})), "rooms.a.example", False),
        (Presented(hosts=frozenset({"*.example"})), "a.example", False),
        (Presented(hosts=frozenset({"*"})), "a.example", False),
        (Presented(hosts=frozenset({"xn--bcher-kva.example"})), "bücher.example", True),
        (Presented(services=frozenset({"_xmpp-server.a.example"})), "a.example", True),
        (Presented(services=frozenset({"_xmpp-client.a.example"})), "a.example", False),
        (Presented(addresses=frozenset({"a.example"})), "a.example", True),
        (Presented(addresses=frozenset({"b@a.example", ""})), "a.example", False),
        (Presented(), "a.example", False),
    ],
)
def test_a_certificate_is_for_the_domains_that_it_names(
    names: Presented, domain: str, fits: bool
) -> None:
    assert names.fits(domain) is fits
