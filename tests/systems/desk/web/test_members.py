"""Places, handing over, names in the group, as a browser without scripts does them."""

import re

from tests.systems.desk.hall import URL, Hall


def test_a_place_is_offered_by_name_and_taken_on_the_start_page(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    guest, juno = hall.member("juno")
    group = hall.town.group(mara)
    for name in ("juno", "noor"):
        assert visitor.post(f"/g/{group.slug}/offers", account=name) == f"/g/{group.slug}#places"
    page = visitor.get(f"/g/{group.slug}")
    assert page.count("/revoke") == 2
    start = guest.get("/")
    assert "Deine Rolle wäre: Mitglied" in start
    accept = re.search(r"/offers/\d+/accept", start)
    assert accept is not None
    assert guest.post(accept[0]) == f"/g/{group.slug}"
    guest.post(accept[0], status=404)
    assert "juno ist jetzt in der Gruppe" in visitor.get(f"/g/{group.slug}")
    left = re.search(r"/g/[^\"]*/offers/\d+/revoke", visitor.get(f"/g/{group.slug}"))
    assert left is not None
    visitor.post(left[0])
    assert "/offers/" not in visitor.get(f"/g/{group.slug}").replace('/offers"', "")
    assert juno.account_id


def test_a_place_is_declined_and_a_wrong_name_comes_back(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    guest, _ = hall.member("juno")
    group = hall.town.group(mara)
    visitor.post(f"/g/{group.slug}/offers", account="juno")
    decline = re.search(r"/offers/\d+/decline", guest.get("/"))
    assert decline is not None
    assert guest.post(decline[0]) == "/"
    assert "/offers/" not in guest.get("/")
    page = visitor.post(f"/g/{group.slug}/offers", status=400, account="Frau Sommer")
    assert 'value="Frau Sommer"' in page
    assert "schon in der Gruppe" in visitor.post(
        f"/g/{group.slug}/offers", status=409, account="mara"
    )


def test_an_invite_has_a_link_a_picture_and_six_words(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    path = visitor.post(f"/g/{group.slug}/invites", role="member", uses=1, days=30)
    page = visitor.get(path)
    code = path.rpartition("/")[2]
    assert f'value="{URL}/i/{code}"' in page
    words = re.search(r'id="invite-words" value="([a-zäöüß ]+)"', page)
    assert words is not None
    assert len(words[1].split()) == 6
    assert hall.town.run(hall.identity.invite(words[1])).group == group
    visitor.get(f"/g/{hall.town.group(mara).slug}/invites/{code}", 404)


def test_the_group_is_handed_over_and_left(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    juno = hall.town.person("juno")
    group = hall.town.group(mara, member=juno)
    assert "Nur eine Person verwaltet" in visitor.get(f"/g/{group.slug}")
    visitor.post(f"/g/{group.slug}/hand-over", status=400, to=mara.account_id)
    visitor.post(f"/g/{group.slug}/hand-over", to=juno.account_id)
    page = visitor.get(f"/g/{group.slug}")
    assert "juno verwaltet jetzt die Gruppe." in page
    assert "durch mara" in page
    assert "/hand-over" not in page
    assert visitor.post(f"/g/{group.slug}/leave").startswith("/left/")


def test_a_name_in_the_group_stands_beside_the_account(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    visitor.post(f"/g/{group.slug}/display", display="Frau Sommer")
    page = visitor.get(f"/g/{group.slug}")
    assert "Frau Sommer" in page
    assert "mara · Verwaltung" in page
    page = visitor.post(f"/g/{group.slug}/display", status=400, display="x" * 61)
    assert 'value="' + "x" * 61 in page
