"""Making pads on the web: with proof of work, in a budget, with links that are shown once."""

from dataclasses import replace

import pytest

from allmende.storage.database import Database
from allmende.systems.pads.model.pad import Kind
from tests.systems.pads.village import DEFAULTS
from tests.systems.pads.web.porch import Porch, at


def test_a_pad_is_made_without_account_and_its_links_are_shown(porch: Porch) -> None:
    one = porch.visitor()
    paths = porch.made(one, title="Einkauf")
    page = one.get(paths["edit"])
    assert "Einkauf" in page
    assert f'src="{paths["edit"]}"' in page
    assert paths["admin"].startswith("/p/a.")
    assert paths["read"].startswith("/p/r.")
    assert "Einstellungen" in one.get(paths["admin"] + "/settings")


def test_the_page_with_the_links_is_for_who_holds_the_one_for_admins(porch: Porch) -> None:
    one = porch.visitor()
    paths, other = porch.made(), porch.made()
    one.get(f"{paths['edit']}/made", status=404)
    for link in (other["admin"], paths["read"]):
        one.get(f"{paths['edit']}/made?a={link[5:]}", status=404)
    page = one.get(f"{paths['edit']}/made?a={paths['admin'][5:]}")
    assert "nur jetzt" in page


def test_without_proof_of_work_nothing_is_made(porch: Porch) -> None:
    page = porch.visitor().post("/p", status=400, title="Einkauf", proof="")
    assert "Einkauf" in page
    assert porch.village.count("pads_pad") == 0


def test_who_is_signed_in_needs_no_proof(porch: Porch) -> None:
    visitor = porch.visitor(porch.village.person("mara"))
    where = visitor.post("/p", kind="text")
    assert porch.village.pad(porch.village.person("juno"), at(where.partition("/made")[0])).kind


def test_an_hour_has_a_budget(sqlite: Database) -> None:
    porch = Porch(sqlite, budget=1)
    porch.made()
    one = porch.visitor()
    one.post("/p", status=429, proof=one.solve())
    assert porch.village.count("pads_pad") == 1


def test_where_only_members_make_pads_the_form_says_so(sqlite: Database) -> None:
    porch = Porch(sqlite, defaults=replace(DEFAULTS, create="members"))
    one = porch.visitor()
    assert "mit Konto" in one.post("/p", status=401, proof=one.solve())


def test_a_name_at_top_level_is_an_address_and_a_bad_one_comes_back(porch: Porch) -> None:
    one = porch.visitor()
    assert "Eigene Adresse" in one.get("/p")
    where = one.post("/p", proof=one.solve(), name="Camp 2027")
    assert where.startswith("/p/Camp-2027/made?a=")
    page = one.post("/p", status=400, proof=one.solve(), name="a/b")
    assert 'value="a/b"' in page
    assert "höchstens 80 Zeichen" in page
    assert "Diesen Namen gibt es" in one.post("/p", status=409, proof=one.solve(), name="CAMP-2027")


def test_members_make_a_pad_of_their_group_in_one_form(porch: Porch) -> None:
    people, slug = porch.village.people(), porch.village.commune.slug
    member = porch.visitor(people["member"])
    assert member.post(f"/p/{slug}", name="Plan") == f"/p/{slug}/Plan"
    assert "Plan" in member.get(f"/p/{slug}/Plan")
    page = member.post(f"/p/{slug}", status=409, name="Plan")
    assert 'value="Plan"' in page
    porch.visitor(people["guest"]).post(f"/p/{slug}", status=403, name="Neu")
    porch.visitor(people["outsider"]).post(f"/p/{slug}", status=404, name="Neu")
    porch.visitor().post("/p/nowhere", status=404, name="Neu")


def test_a_room_lists_its_pads_and_makes_new_ones(porch: Porch) -> None:
    village = porch.village
    people = village.people()
    room = village.a_room(people["admin"])
    member, path = porch.visitor(people["member"]), f"/r/{room.slug}/pads"
    assert "Noch kein Pad" in member.get(path)
    assert member.post(path, name="Protokoll", kind="text") == f"{path}/Protokoll"
    assert village.pad(people["admin"], replace(at(""), name="Protokoll", room=room.slug)).kind is (
        Kind.TEXT
    )
    page = member.get(path)
    assert f'href="{path}/Protokoll"' in page
    assert 'value="PROTOKOLL"' in member.post(path, status=409, name="PROTOKOLL")
    guest = porch.visitor(people["guest"])
    assert "Pad anlegen" not in guest.get(path)
    assert "Raum" in guest.post(path, status=403, name="Neu")
    porch.visitor().get(path, status=404)
    porch.visitor().post(path, status=404, name="Neu")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_after_deleting_says_what_stays_in_backups(porch: Porch, language: str) -> None:
    page = porch.visitor(language=language).get("/p/deleted")
    assert "30" in page
