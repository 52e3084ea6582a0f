"""Groups by hand: three clicks to a group, members, roles, invites with a QR code."""

import re

from allmende.core.ids import InviteId
from tests.systems.desk.hall import URL, Hall


def test_a_group_is_made_and_its_first_room_is_there(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert "Noch keine Gruppe" in visitor.get("/")
    visitor.get("/groups")
    path = visitor.post("/groups", name="Küche für alle")
    page = visitor.get(path)
    assert re.search(r'href="/r/[a-z2-9]{12}/call"', page)
    assert "1 Mitglied" in page
    assert "Mitglieder und Gäste mit Link können hier lesen" in page
    assert f'href="{path}"' in visitor.get("/")


def test_a_group_without_a_name_is_not_made(hall: Hall) -> None:
    visitor, _ = hall.member("mara")
    assert "Hier fehlt ein Name" in visitor.post("/groups", status=400, name=" ")


def test_admins_invite_by_link_and_code(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    path = visitor.post(f"/g/{group.slug}/invites", role="facilitator", uses=3, days=2)
    page = visitor.get(path)
    code = path.rpartition("/")[2]
    assert f'value="{URL}/i/{code}"' in page
    assert '<path class="qr-modules"' in page
    assert "Moderation" in page
    group_page = visitor.get(f"/g/{group.slug}")
    assert "Noch 3 mal" in group_page
    assert code not in group_page
    shown = hall.town.run(hall.identity.group_page(mara, group.slug)).invites[0]
    visitor.post(f"/g/{group.slug}/invites/{shown.id}/revoke")
    visitor.get(path, 404)
    visitor.post(f"/g/{group.slug}/invites/{InviteId(999)}/revoke", status=404)


def test_an_invite_outside_the_limits_comes_back(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    page = visitor.post(f"/g/{group.slug}/invites", status=400, role="member", uses=99, days=2)
    assert 'value="99"' in page
    assert "von 1 bis 50" in page


def test_roles_are_given_and_members_removed(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    juno = hall.town.person("juno")
    group = hall.town.group(mara, member=juno)
    members = f"/g/{group.slug}/members"
    visitor.post(f"{members}/{juno.account_id}/role", role="facilitator")
    assert hall.town.run(hall.identity.groups_of(juno))[0].role == "facilitator"
    page = visitor.post(f"{members}/{mara.account_id}/role", status=409, role="member")
    assert "braucht Verwaltung" in page
    visitor.post(f"{members}/{juno.account_id}/remove")
    assert hall.town.run(hall.identity.groups_of(juno)) == []
    assert "braucht Verwaltung" in visitor.post(f"/g/{group.slug}/leave", status=409)


def test_rooms_are_added_by_admins(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    visitor.post(f"/g/{group.slug}/rooms", name="Werkstatt")
    assert "Werkstatt" in visitor.get(f"/g/{group.slug}")
    assert 'value="' + "x" * 100 + '"' in visitor.post(
        f"/g/{group.slug}/rooms", status=400, name="x" * 100
    )


def test_members_see_no_controls_and_leave_by_themselves(hall: Hall) -> None:
    mara = hall.town.person("mara")
    visitor, juno = hall.member("juno")
    group = hall.town.group(mara, member=juno)
    page = visitor.get(f"/g/{group.slug}")
    for control in ("/role", "/remove", "/invites", "/rooms", "/settings"):
        assert f'{control}"' not in page
    visitor.post(f"/g/{group.slug}/invites", status=403)
    left = visitor.post(f"/g/{group.slug}/leave")
    visitor.get(f"/g/{group.slug}", 404)
    assert "Du hast 10 Sekunden" in visitor.get(left)
    assert visitor.post(left) == f"/g/{group.slug}"
    assert "juno ist jetzt in der Gruppe" in visitor.get(f"/g/{group.slug}")
    visitor.get("/left/nonsense", 404)


def test_others_do_not_learn_that_there_is_a_group(hall: Hall) -> None:
    group = hall.town.group(hall.town.person("mara"))
    visitor, _ = hall.member("juno")
    nowhere = visitor.get("/g/nowhere", 404).replace("/g/nowhere", "")
    assert visitor.get(f"/g/{group.slug}", 404).replace(f"/g/{group.slug}", "") == nowhere
