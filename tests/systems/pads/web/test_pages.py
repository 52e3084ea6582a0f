"""The page of a pad: what each capability sees, nothing stronger, and the same for nothing."""

import json
import re
import zlib
from typing import Any

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.rooms import Lobby
from allmende.storage.database import Database
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind, Whom
from tests.systems.desk.hall import Visitor
from tests.systems.pads.service.test_rights import policy
from tests.systems.pads.web.porch import Porch, at

BODY = re.compile(r"<main.*</main>", re.S)


def send(visitor: Visitor, path: str, body: Any, status: int = 200) -> Any:
    """Post JSON as a script of the page does."""
    visitor.seen = visitor.browser.post(path, json=body)
    assert visitor.seen.status_code == status, visitor.seen.text
    return visitor.seen.json() if status == 200 else visitor.seen.text


def test_every_answer_asks_search_engines_to_stay_away(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    read = paths["read"]
    tries = [(read, 200), (f"{read}/export/md", 200), ("/p", 200), (f"{read}/state", 200)]
    tries += [("/p/nothing", 404), (f"{read}/settings", 403), ("/p/deleted", 200)]
    for path, status in tries:
        one.get(path, status=status)
        assert one.seen.headers["x-robots-tag"] == "noindex, nofollow"
        assert one.seen.headers["referrer-policy"] == "no-referrer"
        assert one.seen.headers["cache-control"] == "no-store"


def test_a_reader_learns_no_other_link_id_or_name_of_the_pad(porch: Porch) -> None:
    village, one = porch.village, porch.visitor()
    paths = porch.made(title="Einkauf")
    village.write(STRANGER, at(paths["edit"]), "Milch")
    pad = village.pad(STRANGER, at(paths["edit"]))
    read = paths["read"]
    answers = [one.get(read), one.get(f"{read}?view=text")]
    answers += [one.get(f"{read}/export/{form}") for form in ("txt", "md", "html", "json")]
    answers.append(json.dumps(send(one, f"{read}/session", {"client": 5})))
    answers += [one.get(f"{read}/{page}", status=403) for page in ("history", "settings")]
    answers.append(one.browser.get(f"{read}/state").content.decode("latin-1"))
    answers.append(send(one, f"{read}/me", {"name": "Rabe", "colour": 3}) and one.seen.text)
    others = [paths["edit"][3:], paths["admin"][5:]]
    others += [
        address.token or "" for right, address in village.links(at(paths["admin"])).items()
        if right is not Capability.READ
    ]  # fmt: skip
    for answer in answers:
        for secret in others:
            assert secret not in answer
        assert f'"{pad.id}"' not in answer
        assert pad.place not in answer


def same(visitor: Visitor, path: str, status: int = 404) -> str:
    """What is shown, without the path that was typed."""
    visitor.get(path, status=status)
    return visitor.seen.text.replace(path, "PATH")


def test_missing_forbidden_and_ended_pads_are_the_same_bytes(porch: Porch) -> None:
    village, one = porch.village, porch.visitor()
    admin = village.people()["admin"]
    slug = village.commune.slug
    village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
    room = village.a_room(admin)
    village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    closed, over = porch.made(), porch.made()
    policy(village, at(closed["admin"]), STRANGER, Whom.MEMBERS, Whom.MEMBERS)
    village.write(STRANGER, at(closed["admin"]), "hallo")
    village.clock.turn(hours=25)
    one.get("/p")
    nothing = same(one, "/p/" + "a" * 26)
    for path in (closed["edit"], over["edit"], over["read"], over["admin"], "/p/r." + "x" * 22,
                 f"/p/{slug}/Plan", f"/p/{slug}/Nichts", "/p/nowhere/Plan",
                 f"/r/{room.slug}/pads/Plan", f"/r/{room.slug}/pads/Nichts"):  # fmt: skip
        assert same(one, path) == nothing
        for below in ("/history", "/settings", "/export/md", "/state"):
            one.get(path + below, status=404)
        send(one, f"{path}/session", {"client": 5}, status=404)
        send(one, f"{path}/me", {"name": ""}, status=404)
        one.post(f"{path}/append", status=404, text="hallo")
        one.post(f"{path}/settings", status=404, do="lock")
        one.post(f"{path}/revisions", status=404, name="x")
        one.post(f"{path}/restore", status=404, state=1)


def test_without_scripts_people_read_export_and_add(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made(title="Einkauf")
    where = one.post(f"{paths['edit']}/append", text="Milch <b>& Brot</b>")
    assert where == f"{paths['edit']}?view=text#end"
    page = one.get(paths["edit"])
    assert "<allmende-pad" in page
    assert "Milch &lt;b&gt;" in one.seen.text
    assert f"{paths['edit']}/append" in page
    assert "<allmende-pad" not in one.get(f"{paths['edit']}?view=text")
    assert "refresh" not in one.seen.headers
    assert "append" not in one.get(paths["read"])
    assert "Milch" in one.get(paths["read"] + "/export/txt")
    assert "attachment" in one.seen.headers["content-disposition"]
    assert one.seen.headers["content-security-policy"] == "default-src 'none'; sandbox"
    one.get(paths["read"] + "/export/exe", status=404)


def test_what_was_typed_comes_back_when_it_is_refused(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    assert "Schreib zuerst etwas" in one.post(f"{paths['edit']}/append", status=400, text=" ")
    page = one.post(f"{paths['read']}/append", status=403, text="Milch")
    assert "nicht schreiben" in page
    for _ in range(5):
        one.post(f"{paths['edit']}/append", text="Milch")
    assert "Käse" in one.post(f"{paths['edit']}/append", status=429, text="Käse")


def test_an_editor_is_let_in_with_a_ticket_and_a_cookie_for_its_colour(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    entry = send(one, f"{paths['edit']}/session", {"client": 2**53 - 1})
    assert entry["url"] == "/p/ws/live"
    assert (entry["capability"], entry["kind"], entry["locked"]) == ("edit", "rich", False)
    assert entry["author"] == {"id": entry["author"]["id"], "name": "", "colour": 0}
    assert set(entry["limits"]) == {"text_bytes", "message_bytes", "updates_per_s"}
    cookie = one.browser.cookies["allmende-author"]
    header = one.seen.headers["set-cookie"]
    assert "HttpOnly" in header
    assert "SameSite=lax" in header
    assert cookie not in str(porch.village.texts.told)
    again = send(one, f"{paths['edit']}/session", {"client": 6})
    assert again["author"] == entry["author"]
    assert one.browser.cookies["allmende-author"] == cookie
    for wrong in ({}, {"client": -1}, {"client": 2**53}, {"client": "5"}, {"client": 1, "x": 1}):
        send(one, f"{paths['edit']}/session", wrong, status=400)


def test_another_site_cannot_open_an_editor(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    headers = {"sec-fetch-site": "cross-site"}
    answer = one.browser.post(f"{paths['edit']}/session", json={"client": 5}, headers=headers)
    assert answer.status_code == 403


def test_an_account_gets_no_author_cookie(porch: Porch) -> None:
    visitor = porch.visitor(porch.village.person("mara"))
    paths = porch.made()
    assert send(visitor, f"{paths['edit']}/session", {"client": 5})["author"]["name"] == "mara"
    assert "allmende-author" not in visitor.browser.cookies


def test_the_state_is_sent_packed(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    one.get(f"{paths['read']}/state")
    assert one.seen.headers["content-encoding"] == "gzip"
    assert one.seen.headers["content-type"] == "application/octet-stream"
    assert zlib.decompress(zlib.compress(one.seen.content)) == one.seen.content


def test_people_choose_a_name_and_are_forgotten(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    shown = send(one, f"{paths['edit']}/me", {"name": "Rabe", "colour": 23})
    assert (shown["name"], shown["colour"]) == ("Rabe", 23)
    send(one, f"{paths['edit']}/me", {"name": "x" * 61, "colour": 1}, status=400)
    send(one, f"{paths['edit']}/me", {"name": "", "colour": 24}, status=400)
    assert one.post(f"{paths['edit']}/settings", do="forget-me") == paths["edit"]
    assert porch.village.texts.told[-1][1].name == ""


def test_a_room_shows_its_chat_beside_the_pad_and_a_link_does_not(porch: Porch) -> None:
    village = porch.village
    admin = village.people()["admin"]
    room = village.a_room(admin, Lobby.OFF)
    address = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    village.run(village.pads.make_link(admin, address, Capability.EDIT, "", None))
    page = porch.visitor(admin).get(address.base)
    assert f'<allmende-chat class="chat" room="{room.id}"' in page
    assert " writes" in page
    assert f'href="/r/{room.slug}/plenum"' in page
    link = village.run(village.pads.settings(admin, address)).links[0].address
    by_link = porch.visitor().get(link.base)
    assert "<allmende-chat" not in by_link
    assert room.slug not in by_link
    assert "Plan" in by_link


def test_where_chat_is_off_there_is_none(sqlite: Database) -> None:
    porch = Porch(sqlite, with_chat=False)
    village = porch.village
    admin = village.people()["admin"]
    room = village.a_room(admin)
    address = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    assert "<allmende-chat" not in porch.visitor(admin).get(address.base)


def test_strangers_do_not_learn_the_name_of_a_group(porch: Porch) -> None:
    village = porch.village
    admin = village.people()["admin"]
    slug = village.commune.slug
    address = village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
    policy(village, address, admin, Whom.LINK, Whom.LINK)
    assert village.commune.name in porch.visitor(admin).get(address.base)
    assert village.commune.name not in porch.visitor().get(address.base)


def test_the_page_warns_before_the_end_and_says_when_it_is_locked(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    village = porch.village
    assert "bald gelöscht" not in one.get(paths["edit"])
    village.clock.turn(hours=23)
    assert "bald gelöscht" in one.get(paths["edit"])
    village.write(STRANGER, at(paths["edit"]), "hallo")
    village.clock.turn(days=24)
    assert "bald gelöscht" in one.get(paths["edit"])
    one.post(f"{paths['admin']}/settings", do="lock")
    assert "gesperrt" in one.get(paths["edit"])
    assert "/append" not in one.get(paths["edit"])


def test_a_full_pad_shows_the_text_that_renews_itself_without_a_form_to_lose(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    porch.village.texts.full = True
    page = one.get(paths["edit"])
    assert one.seen.headers["refresh"] == "10"
    assert "<allmende-pad" not in page
    assert "/append" not in page
    porch.village.texts.full = False
    assert "<allmende-pad" not in one.get(f"{paths['edit']}?view=follow")
    assert one.seen.headers["refresh"] == "10"


@pytest.mark.parametrize("which", ["edit", "read", "admin"])
def test_people_share_what_they_have(porch: Porch, which: str) -> None:
    one, paths = porch.visitor(), porch.made()
    page = one.get(paths[which])
    assert f'value="http://house.example{paths[which]}"' in page
    assert (paths["read"] in page) == (which != "edit" or paths["read"] in page)
    assert paths["admin"] not in page or which == "admin"


def test_names_may_be_any_word_and_long_ones_are_no_pads(porch: Porch) -> None:
    one = porch.visitor()
    for path in ("/p/e.V.", "/p/K%C3%BCche", "/p/%2e%2e", "/p/" + "x" * 5000, "/p/a/b"):
        one.get(path, status=404)
    assert BODY.search(one.seen.text)
    assert Address("e.V.").token is None
