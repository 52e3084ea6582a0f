"""From an invite to the group, in two fields."""

import re

from allmende.identity.model.registration import Mark
from tests.identity.newcomers import Arrivals
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
    kit = visitor.post(f"/i/{code}", status=200, name="juno", password=GOOD)
    assert f'href="/g/{group.slug}"' in kit
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


def test_six_words_open_the_page_and_a_slip_gets_a_proposal(hall: Hall) -> None:
    mara = hall.town.person("mara")
    group = hall.town.group(mara)
    new = hall.town.run(hall.identity.make_group_invite(mara, group.id))
    words = new.words.text("de").split()
    visitor = hall.visitor()
    where = visitor.post("/find", link=" ".join(words).upper())
    assert where == f"/i/{'-'.join(words)}"
    assert "Küche für alle" in visitor.get(where)
    longest = max(words, key=len)
    slip = [f"{word[:-1]}q{word[-1]}" if word == longest else word for word in words]
    page = visitor.post("/find", status=400, link=" ".join(slip))
    assert f"Meintest du: {' '.join(words)}?" in page
    assert f'value="{" ".join(slip)}"' in page
    page = visitor.get(f"/i/{'-'.join(slip)}", 400)
    assert f'value="{" ".join(words)}"' in page
    assert "sechs Wörter" in visitor.post("/find", status=400, link=" ".join(words[:5]))
    kit = visitor.post(where, status=200, name="juno", password=GOOD)
    assert f'href="/g/{group.slug}"' in kit


def test_words_are_not_even_looked_up_once_the_tries_are_used_up(hall: Hall) -> None:
    new = hall.town.run(hall.identity.make_server_invite())
    wrong = hall.town.run(hall.identity.invite_words("another code")).text("de")
    words, visitor = new.words.text("de").replace(" ", "-"), hall.visitor()
    for _ in range(3):
        visitor.get(f"/i/{wrong.replace(' ', '-')}", 404)
    visitor.get(f"/i/{words}", 429)
    visitor.post("/find", status=429, link=words)
    visitor.get(f"/i/{new.code}")


def test_ones_own_invites_are_shown_once_and_taken_back(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert "so viele Leute einladen" in visitor.get("/me/invites")
    where = visitor.post("/me/invites")
    page = visitor.get(where)
    assert 'id="invite-words"' in page
    assert "<svg" in page
    found = re.search(r"/me/invites/\d+/revoke", visitor.get("/me/invites"))
    assert found is not None
    assert visitor.post(found[0]) == "/me/invites"
    visitor.get(where, 404)


def test_new_accounts_are_told_to_wait_with_inviting(hall: Hall) -> None:
    Arrivals(hall.town).member("juno")
    visitor = hall.visitor()
    visitor.post("/signin", name="juno", password=GOOD)
    assert "noch neu" in visitor.get("/me/invites")
    visitor.post("/me/invites", status=403)
    hall.town.clock.turn(days=7)
    assert "noch 3 Personen einladen" in visitor.get("/me/invites")


def test_an_operator_who_comes_by_password_is_led_to_the_second_step(hall: Hall) -> None:
    code = hall.town.run(hall.identity.make_operator_invite())
    kit = hall.visitor().post(f"/i/{code}", status=200, name="mara", password=GOOD)
    assert 'href="/me/second-step?page=/"' in kit


def test_who_comes_by_a_suspicious_member_is_told_to_wait(hall: Hall) -> None:
    arrivals = Arrivals(hall.town)
    admin = arrivals.old_member("juno")
    group = hall.town.group(admin)
    code = hall.town.run(hall.identity.make_invite(admin, group.id))
    hall.town.run(hall.identity.set_mark(None, "juno", Mark.SUSPICIOUS, on=True))
    visitor = hall.visitor()
    where = visitor.post(f"/i/{code}", name="kim", password=GOOD)
    assert where.startswith("/requests/")
    assert "dein Antrag wartet" in visitor.get(where)
    visitor.get("/me", 401)
