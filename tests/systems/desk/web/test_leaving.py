"""Leaving, staying after all, and taking one's data along, as a browser without scripts sees it."""

import io
import json
import re
import zipfile

import pytest

from allmende.core.errors import NotFound
from allmende.core.groups import Role
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall


def files_of(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_somebody_leaves_and_stays_after_all(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert "Diesen Server verlassen" in visitor.get("/me/leave")
    where = visitor.post("/me/leave", name="mara", when="later")
    page = visitor.get(where)
    assert "Du bist überall abgemeldet" in page
    assert "Abmelden" not in page
    assert visitor.post(where) == "/signin?page=/me"
    visitor.get(where, status=404)
    again = hall.visitor()
    again.post("/signin", name="mara", password=GOOD)
    assert "mara" in again.get("/me")


def test_signing_in_again_is_staying(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    where = visitor.post("/me/leave", name=" MARA ", when="later")
    again = hall.visitor()
    again.post("/signin", name="mara", password=GOOD)
    assert "mara" in again.get("/me")
    visitor.get(where, status=404)
    assert hall.town.told()[-1] == "identity.AccountReleased"


def test_leaving_at_once_is_for_good(hall: Hall) -> None:
    visitor, who = hall.member("mara")
    assert visitor.post("/me/leave", name="mara", when="now") == "/gone"
    assert "Dein Konto ist gelöscht" in visitor.get("/gone")
    with pytest.raises(NotFound):
        hall.town.run(hall.identity.name_of(hall.town.account(who)))
    again = hall.visitor()
    again.post("/signin", status=400, name="mara", password=GOOD)


def test_another_name_than_ones_own_changes_nothing(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    page = visitor.post("/me/leave", status=400, name="juno", when="now")
    assert "Das ist nicht dein Name" in page
    assert "mara" in visitor.get("/me")


def test_the_only_admin_is_told_to_hand_over_first(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    juno = hall.town.person("juno")
    group = hall.town.group(mara, member=juno)
    page = visitor.get("/me/leave")
    assert "In diesen Gruppen verwaltest nur du" in page
    assert f'href="/g/{group.slug}"' in page
    visitor.post("/me/leave", status=409, name="mara", when="now")
    hall.town.run(hall.identity.set_role(mara, group.id, hall.town.account(juno), Role.ADMIN))
    assert visitor.post("/me/leave", name="mara", when="now") == "/gone"


def test_a_group_of_one_is_said_to_go_along(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    assert "werden mit gelöscht" in visitor.get("/me/leave")
    visitor.post("/me/leave", name="mara", when="now")
    assert "identity.GroupGone" in hall.town.told()
    juno, _ = hall.member("juno")
    juno.get(f"/g/{group.slug}", status=404)


def test_both_ask_for_a_proof_that_is_fresh(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    hall.town.clock.turn(minutes=11)
    for path in ("/me/leave", "/me/export"):
        visitor.get(path, status=303)
        assert visitor.seen.headers["location"] == f"/me/confirm?page={path}"


def test_everything_about_oneself_comes_as_one_archive(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    hall.town.group(mara)
    visitor.get("/me/export")
    visitor.post("/me/export", status=200)
    answer = visitor.seen
    assert answer.headers["content-type"] == "application/zip"
    assert re.fullmatch(
        r'attachment; filename="allmende-mara-\d{4}-\d\d-\d\d\.zip"',
        answer.headers["content-disposition"],
    )
    files = files_of(answer.content)
    (account,) = json.loads(files["account/account.json"])
    assert account["name"] == "mara"
    assert "password" not in account
    (membership,) = json.loads(files["account/memberships.json"])
    assert membership["group"] == "Küche für alle"


def test_nobody_takes_archives_all_day(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    for _ in range(3):
        visitor.post("/me/export", status=200)
    visitor.post("/me/export", status=429)


def test_a_group_with_one_admin_is_taken_along_by_one(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    assert "Archiv herunterladen" in visitor.get(f"/g/{group.slug}/export")
    visitor.post(f"/g/{group.slug}/export", status=200)
    assert json.loads(files_of(visitor.seen.content)["group.json"])["name"] == "Küche für alle"


def test_of_two_admins_the_second_gets_the_group(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    other, juno = hall.member("juno")
    group = hall.town.group(mara, admin=juno)
    path = f"/g/{group.slug}/export"
    assert "Vorschlagen" in visitor.get(path)
    assert visitor.post(path) == path
    assert "Jetzt muss eine zweite Person zustimmen" in visitor.get(path)
    visitor.post(path, status=409)
    assert "mara möchte die Gruppe mitnehmen" in other.get(path)
    other.post(path, status=200)
    assert "group.json" in files_of(other.seen.content)
    assert "Vorschlagen" in other.get(path)


def test_members_and_strangers_take_no_group_along(hall: Hall) -> None:
    _, mara = hall.member("mara")
    visitor, juno = hall.member("juno")
    group = hall.town.group(mara, member=juno)
    visitor.get(f"/g/{group.slug}/export", status=403)
    visitor.post(f"/g/{group.slug}/export", status=403)
    stranger, _ = hall.member("kim")
    stranger.get(f"/g/{group.slug}/export", status=404)
    stranger.post(f"/g/{group.slug}/export", status=404)
