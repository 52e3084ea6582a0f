"""What every way to a new account shares."""

import pytest

from tests.systems.desk.hall import Hall
from tests.systems.desk.web.test_signup import proposed


def test_a_proposal_is_in_the_language_of_the_person_and_new_each_time(hall: Hall) -> None:
    code = hall.town.run(hall.identity.make_operator_invite())
    words = hall.identity._words.lists
    for language in ("de", "en"):
        visitor = hall.visitor(language)
        one, other = (proposed(visitor.get(f"/i/{code}")).split() for _ in range(2))
        assert one != other
        assert set(one) <= set(words[language].words)


@pytest.mark.parametrize("forged", ["short", "<script>alert(1)</script>", "a b c d e"])
def test_only_what_looks_like_a_proposal_comes_back(hall: Hall, forged: str) -> None:
    code = hall.town.run(hall.identity.make_operator_invite())
    page = hall.visitor().post(f"/i/{code}", status=400, name="x", password=forged, proposal=forged)
    assert proposed(page) != forged
    assert 'name="password" type="password" value=""' in page


def test_a_forged_passkey_makes_no_account(hall: Hall) -> None:
    code = hall.town.run(hall.identity.make_operator_invite())
    page = hall.visitor().post(
        f"/i/{code}", status=400, name="mara", passkey="{}", passkey_ticket="x"
    )
    assert 'value="mara"' in page
    assert hall.town.run(hall.identity.account_names()) == []
