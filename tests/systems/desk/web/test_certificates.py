"""Mumble without a password, as people connect and disconnect it, without a script."""

import re

import pytest

from allmende.protocols.mumble.address import MumblePlace
from tests.systems.desk.hall import Hall

NEW = "/me/certificates/new"
CODE = re.compile(r'id="pair-code" value="([0-9A-Z-]{11})"')


@pytest.fixture
def with_mumble(hall: Hall) -> Hall:
    return Hall(hall.database, mumble=MumblePlace("house.example", 64738))


def test_a_code_binds_the_mumble_in_which_it_is_typed(with_mumble: Hall) -> None:
    mara, who = with_mumble.member("mara")
    assert f'href="{NEW}"' in mara.get("/me/devices")
    page = mara.get(NEW)
    assert "house.example" in page
    assert not CODE.search(page)
    shown = mara.post(NEW, status=200)
    assert mara.seen.headers["cache-control"] == "no-store"
    (code,) = CODE.findall(shown)
    assert "mumble://mara@house.example:64738/" in shown
    assert code not in mara.get(NEW)
    program = with_mumble.town.run(with_mumble.identity.pair_certificate(code, b"der"))
    assert program.account_id == who.account_id
    assert "Quartal" in mara.get("/me/devices")


def test_it_is_removed_by_its_person_alone(with_mumble: Hall) -> None:
    mara, who = with_mumble.member("mara")
    number = with_mumble.town.run(with_mumble.identity.bind_certificate(who, b"der"))
    juno, _ = with_mumble.member("juno")
    juno.post(f"/me/certificates/{number}/end", status=404)
    assert mara.post(f"/me/certificates/{number}/end") == "/me/devices?done=certificate"
    assert "in wenigen Sekunden" in mara.get("/me/devices?done=certificate")
    assert with_mumble.town.run(with_mumble.identity.certificates(who)) == []


def test_only_who_proved_themselves_just_now_gets_a_code(with_mumble: Hall) -> None:
    mara, _ = with_mumble.member("mara")
    with_mumble.town.clock.turn(minutes=11)
    mara.get(NEW)
    assert mara.post(NEW).startswith(f"/me/confirm?page={NEW}")


def test_where_there_is_no_mumble_there_is_no_code(hall: Hall) -> None:
    mara, _ = hall.member("mara")
    assert NEW not in mara.get("/me/devices")
    mara.get(NEW, status=404)
    mara.post(NEW, status=404)


def test_nobody_without_an_account_gets_here(with_mumble: Hall) -> None:
    visitor = with_mumble.visitor()
    visitor.get(NEW, status=401)
    visitor.post(NEW, status=401)
