"""From an invite to the group, in two fields."""

from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall

SHORT = "kurz"


def test_an_invite_makes_an_account_in_two_fields_and_leads_into_the_group(hall: Hall) -> None:
    mara = hall.town.person("mara")
    group = hall.town.group(mara)
    code = hall.town.run(hall.identity.make_invite(mara, group.id))
    visitor = hall.visitor()
    page = visitor.get(f"/i/{code}")
    assert "Küche für alle" in page
    assert "mara" not in page
    assert visitor.post(f"/i/{code}", name="juno", password=GOOD) == f"/g/{group.slug}"
    assert "juno" in visitor.get(f"/g/{group.slug}")


def test_what_was_typed_comes_back_but_never_the_password(hall: Hall) -> None:
    code = hall.town.run(hall.identity.make_operator_invite())
    visitor = hall.visitor()
    page = visitor.post(f"/i/{code}", status=400, name="juno", password=SHORT)
    assert 'value="juno"' in page
    assert "zu kurz" in page
    assert "kurz" not in page.replace("zu kurz", "")
    page = visitor.post(f"/i/{code}", status=400, name="Ü", password=GOOD)
    assert GOOD not in page
    hall.town.person("juno")
    assert "gibt es schon" in visitor.post(f"/i/{code}", status=409, name="juno", password=GOOD)


def test_somebody_with_an_account_joins_with_one_button(hall: Hall) -> None:
    mara = hall.town.person("mara")
    group = hall.town.group(mara)
    code = hall.town.run(hall.identity.make_invite(mara, group.id))
    visitor, _ = hall.member("juno")
    assert "Als juno beitreten" in visitor.get(f"/i/{code}")
    assert visitor.post(f"/i/{code}/join") == f"/g/{group.slug}"
    operator_code = hall.town.run(hall.identity.make_operator_invite())
    assert "Melde dich dafür zuerst ab" in visitor.get(f"/i/{operator_code}")


def test_a_code_that_is_not_valid_gets_one_answer_and_few_tries(hall: Hall) -> None:
    visitor = hall.visitor()
    for _ in range(3):
        assert "gilt nicht mehr" in visitor.get("/i/nonsense", 404)
    visitor.get("/i/nonsense", 429)
    code = hall.town.run(hall.identity.make_operator_invite())
    visitor.get(f"/i/{code}")
