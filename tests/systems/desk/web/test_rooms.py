"""The settings of a room and its links."""

import re

from allmende.core.accounts import Caller
from allmende.core.rooms import LinkRight
from allmende.identity.service.invites import young_budget
from allmende.identity.store import invites
from allmende.protocols.mumble.address import MumblePlace
from allmende.storage.database import Database
from tests.systems.desk.hall import URL, Hall, Visitor


def room_of(hall: Hall) -> tuple[Visitor, str]:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    return visitor, hall.town.run(hall.identity.group_page(mara, group.slug)).rooms[0].slug


def test_settings_are_changed_and_the_label_follows(hall: Hall) -> None:
    visitor, slug = room_of(hall)
    path = f"/r/{slug}/settings"
    assert "Gäste werden einzeln eingelassen" in visitor.get(path)
    visitor.post(path, name="Lager", lobby="off", guests_share="on")
    page = visitor.get(path)
    assert "<bdi>Lager</bdi>" in page
    assert "einzeln eingelassen" not in page
    assert "Hier fehlt ein Name" in visitor.post(path, status=400, name="", lobby="all")


def test_links_are_made_shown_once_and_taken_back(hall: Hall) -> None:
    visitor, slug = room_of(hall)
    path = visitor.post(f"/r/{slug}/links", right="listen", label="Presse", days=3, uses="")
    page = visitor.get(path)
    token = path.partition("?g=")[2]
    assert f'value="{URL}/r/{slug}/call?g={token}"' in page
    assert "Zuhören und mitlesen" in page
    settings = visitor.get(f"/r/{slug}/settings")
    assert "Presse" in settings
    assert token not in settings
    assert hall.visitor().get(path, 404)
    visitor.post(f"/r/{slug}/links/1/revoke")
    visitor.get(path, 404)
    visitor.post(f"/r/{slug}/links/1/revoke", status=404)


def grow_up(hall: Hall, who: Caller) -> None:
    """Let an account be old enough to bring others."""
    budget = young_budget(hall.town.account(who))
    hall.town.run(hall.database.write(lambda db: invites.forget_budget(db, budget)))


def test_a_link_has_six_words_where_there_is_mumble(hall: Hall) -> None:
    words = re.compile(r'id="room-words" value="([a-z]+(?: [a-z]+){5})"')
    for here, found in ((hall, 0), (Hall(hall.database, mumble=MumblePlace("a.example")), 1)):
        visitor, who = here.member(f"mara{found}")
        room = here.town.run(here.identity.group_page(who, here.town.group(who).slug)).rooms[0]
        grow_up(here, who)
        page = visitor.get(visitor.post(f"/r/{room.slug}/links", right=LinkRight.SPEAK))
        typed = words.findall(page)
        assert len(typed) == found
        for one in typed:
            guest = here.town.run(here.identity.guest_by_token(one, "Rabe")).guest
            assert guest is not None
            assert guest.room_id == room.id


def test_a_link_is_for_mumble_as_well(database: Database) -> None:
    hall = Hall(database, mumble=MumblePlace("a.example"))
    visitor, slug = room_of(hall)
    path = visitor.post(f"/r/{slug}/links", right=LinkRight.SPEAK)
    token = path.partition("?g=")[2]
    page = visitor.get(path)
    assert f'value="mumble://:{token}@a.example:64738/?title=' in page
    assert page.count('<figure class="qr">') == 2


def test_a_link_outside_the_limits_comes_back(hall: Hall) -> None:
    visitor, slug = room_of(hall)
    page = visitor.post(f"/r/{slug}/links", status=400, right="speak", label="Presse", days=999)
    assert 'value="999"' in page
    assert 'value="Presse"' in page
    visitor.post(f"/r/{slug}/links", status=400, right="rule")


def test_a_room_is_deleted_only_if_it_was_meant(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    group = hall.town.group(mara)
    slug = hall.town.run(hall.identity.make_room(mara, group.id, "Werkstatt")).slug
    assert "Setze erst das Häkchen" in visitor.post(f"/r/{slug}/delete", status=400)
    assert visitor.post(f"/r/{slug}/delete", sure="on") == "/"
    visitor.get(f"/r/{slug}/settings", 404)
    assert hall.town.told()[-1] == "identity.RoomGone"


def test_the_main_room_stays_as_long_as_the_group(hall: Hall) -> None:
    visitor, slug = room_of(hall)
    assert "Das ist der Hauptraum" in visitor.get(f"/r/{slug}/settings")
    assert "Der Hauptraum bleibt" in visitor.post(f"/r/{slug}/delete", status=409, sure="on")
    visitor.get(f"/r/{slug}/settings")


def test_members_and_strangers_do_not_get_there(hall: Hall) -> None:
    _, slug = room_of(hall)
    hall.visitor().get(f"/r/{slug}/settings", 404)
    juno, _ = hall.member("juno")
    juno.get(f"/r/{slug}/settings", 404)
    open_slug, _ = hall.opened()
    hall.visitor().get(f"/r/{open_slug}/settings", 403)


def test_who_facilitates_an_open_room_looks_after_it(hall: Hall) -> None:
    slug, token = hall.opened()
    room = hall.town.run(hall.identity.room_named(slug))
    entered = hall.town.run(hall.identity.enter(hall.town.person("mara"), room.id, "Amsel", token))
    assert entered.guest_token is not None
    visitor = hall.visitor()
    visitor.browser.cookies.set("allmende-guest", entered.guest_token)
    page = visitor.get(f"/r/{slug}/settings")
    assert "endet der Raum am" in page
    visitor.post(f"/r/{slug}/links", right=LinkRight.SPEAK)
