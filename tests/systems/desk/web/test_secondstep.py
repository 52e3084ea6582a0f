"""The pages of the second step."""

import re

from tests.identity.service.codes import code_of, with_second_step
from tests.systems.desk.hall import Hall, Visitor

SECRET = re.compile(r'id="totp-secret" value="([A-Z2-7 ]+)"')
OFFER = re.compile(r'name="offer" value="([^"]+)"')
CODE = re.compile(r"<code>([0-9A-Z-]{14})</code>")


def offered(visitor: Visitor) -> tuple[str, str]:
    page = visitor.get("/me/second-step")
    return SECRET.findall(page)[0].replace(" ", ""), OFFER.findall(page)[0]


def test_it_is_switched_on_with_a_code_of_the_app(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    secret, offer = offered(visitor)
    again = visitor.post("/me/second-step", status=400, offer=offer, code="000000")
    assert SECRET.findall(again)[0].replace(" ", "") == secret
    code = code_of(hall.town, secret)
    page = visitor.post("/me/second-step", status=200, offer=offer, code=code, page="/me/devices")
    assert len(CODE.findall(page)) == 10
    assert 'href="/me/devices"' in page
    assert hall.town.run(hall.identity.proofs(mara)).totp
    assert "Du hast noch 10 Ersatzcodes" in visitor.get("/me/second-step")


def test_codes_are_made_anew_and_shown_once(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    _, old = with_second_step(hall.town, mara)
    new = CODE.findall(visitor.post("/me/second-step/codes", status=200))
    assert len(new) == 10
    assert not set(old) & set(new)
    assert not CODE.findall(visitor.get("/me/second-step"))


def test_it_is_switched_off_by_those_who_may(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    with_second_step(hall.town, mara)
    assert "Deine Rolle braucht" in visitor.post("/me/second-step/end", status=409)
    code = hall.town.run(hall.identity.make_operator_invite())
    assert code
    juno = hall.town.operator("juno")
    with_second_step(hall.town, juno)
    hall.town.run(hall.identity.end_totp(juno))
    assert not hall.town.run(hall.identity.proofs(juno)).totp


def test_a_forged_offer_is_refused(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert "gilt nicht mehr" in visitor.post("/me/second-step", status=400, offer="x", code="1")
