"""Groups as programs see them."""

from tests.systems.desk.hall import Hall


def test_programs_read_ones_groups_and_what_members_see_of_them(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    juno = hall.town.person("juno")
    group = hall.town.group(mara, facilitator=juno)
    mine = visitor.browser.get("/api/v1/groups").json()
    assert mine == [{"id": group.id, "slug": group.slug, "name": group.name, "role": "admin"}]
    shown = visitor.browser.get(f"/api/v1/groups/{group.slug}").json()
    assert [(one["name"], one["role"]) for one in shown["members"]] == [
        ("juno", "facilitator"),
        ("mara", "admin"),
    ]
    assert [room["name"] for room in shown["rooms"]] == [group.name]
    assert shown["rules"]["messages_h"] == 672
    assert [(one["name"], one["was"], one["now"]) for one in shown["changes"]] == [
        ("juno", "", "facilitator"),
        ("mara", "", "admin"),
    ]


def test_others_learn_nothing(hall: Hall) -> None:
    group = hall.town.group(hall.town.person("mara"))
    visitor, _ = hall.member("juno")
    assert visitor.browser.get("/api/v1/groups").json() == []
    assert visitor.browser.get(f"/api/v1/groups/{group.slug}").status_code == 404
    assert hall.visitor().browser.get("/api/v1/groups").status_code == 401
