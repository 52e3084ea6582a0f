"""Settings of a pad on the web, and loading a file."""

import re

import pytest

from allmende.core.accounts import STRANGER
from allmende.systems.pads.model.pad import Capability, History, Kind, Whom
from tests.systems.desk.hall import TICKET, Visitor
from tests.systems.pads.web.porch import Porch, at


def upload(
    visitor: Visitor, path: str, name: str, data: bytes, status: int = 303, *, ticket: bool = True
) -> str:
    """Load a file as the form of the page does."""
    found = TICKET.search(visitor.browser.get("/").text)
    assert found is not None
    fields = {"ticket": found[1]} if ticket else {}
    visitor.seen = visitor.browser.post(path, data=fields, files={"file": (name, data)})
    assert visitor.seen.status_code == status, visitor.seen.text[:500]
    return str(visitor.seen.headers.get("location", visitor.seen.text))


def test_settings_are_saved_and_the_label_follows(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    base = paths["admin"]
    done = one.post(
        f"{base}/settings", do="save", title="Neu", who_edits="members", who_reads="link",
        history="named", expiry="365", readers_see_history="on",
    )  # fmt: skip
    assert done == f"{base}/settings?done=saved"
    page = one.get(done)
    assert "Gespeichert." in page
    assert "Schreiben geht nur mit einem Link." in page
    pad = porch.village.pad(STRANGER, at(base))
    assert (pad.title, pad.who_edits, pad.who_reads) == ("Neu", Whom.MEMBERS, Whom.LINK)
    assert (pad.history, pad.expiry_days, pad.readers_see_history) == (History.NAMED, 365, True)


def test_who_writes_reads_too(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    one.post(f"{paths['admin']}/settings", do="save", who_edits="link", expiry="30")
    assert porch.village.pad(STRANGER, at(paths["edit"])).who_reads is Whom.LINK


def test_a_refused_form_comes_back_with_what_was_typed(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    base = f"{paths['admin']}/settings"
    page = one.post(base, status=400, do="save", title="Neu", expiry="never")
    assert 'value="Neu"' in page
    assert "Ein Pad ohne Gruppe endet" in page
    page = one.post(base, status=400, do="link", capability="edit", label="Camp", days="0")
    assert 'value="Camp"' in page
    assert "zwischen 1 und" in page
    assert "Kreuze an" in one.post(base, status=400, do="delete")
    for wrong in ({"do": "other"}, {"do": "save", "expiry": "x"}, {"do": "link", "days": "-1"}):
        one.post(base, status=400, **wrong)


def test_links_are_made_shown_and_taken_back(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    base = f"{paths['admin']}/settings"
    assert one.post(base, do="link", capability="read", label="Camp", days="7").endswith("#links")
    page = one.get(base)
    assert "Camp" in page
    links = re.findall(r'name="link" value="(\d+)"', page)
    assert len(links) == 4
    assert one.post(base, do="revoke", link=links[-1]).endswith("?done=revoked#links")
    one.post(base, status=404, do="revoke", link=links[-1])
    assert "Camp" not in one.get(base)


def test_who_takes_back_their_own_link_is_out(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    base = f"{paths['admin']}/settings"
    own = next(
        found.link.id
        for found in porch.village.run(
            porch.village.pads.settings(STRANGER, at(paths["admin"]))
        ).links
        if found.link.capability is Capability.ADMIN
    )
    assert one.post(base, do="revoke", link=own) == "/"
    one.get(base, status=404)


def test_lock_colours_and_deleting(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    base = f"{paths['admin']}/settings"
    for do, word in (
        ("lock", "gesperrt"),
        ("unlock", "wieder schreiben"),
        ("colours", "vergessen"),
        ("convert", "umgewandelt"),
    ):
        assert word in one.get(one.post(base, do=do))
    assert one.post(base, do="delete", sure="on") == "/p/deleted"
    for path in paths.values():
        one.get(path, status=404)


def test_a_group_may_keep_a_pad_and_a_room_decides_for_its_own(porch: Porch) -> None:
    village = porch.village
    admin = village.people()["admin"]
    slug, room = village.commune.slug, village.a_room(admin)
    in_group = village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH)).base
    in_room = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH)).base
    visitor = porch.visitor(admin)
    visitor.post(f"{in_group}/settings", do="save", expiry="never")
    assert "Bleibt, bis jemand es löscht." in visitor.get(in_group)
    page = visitor.get(f"{in_room}/settings")
    assert 'name="expiry"' not in page
    assert 'name="who_edits"' not in page
    visitor.post(f"{in_room}/settings", do="save", title="Protokoll")
    assert "Protokoll" in visitor.get(in_room)
    member = porch.visitor(village.known["member"])
    member.get(f"{in_group}/settings", status=403)
    member.post(f"{in_group}/settings", status=403, do="lock")


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.md", b"# Neu"), ("A.MARKDOWN", b"# Neu"), ("a.html", b"<h1>Neu</h1>"),
     ("a.htm", b"<h1>Neu</h1>"), ("a.txt", b"Neu"), ("a.text", b"Neu")],
)  # fmt: skip
def test_a_file_takes_the_place_of_the_text(porch: Porch, name: str, data: bytes) -> None:
    one, paths = porch.visitor(), porch.made()
    assert upload(one, f"{paths['edit']}/import", name, data) == paths["edit"]
    assert "Neu" in one.get(f"{paths['edit']}/export/txt")


def test_files_that_cannot_be_taken_change_nothing(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    where = f"{paths['edit']}/import"
    assert ".md, .txt" in upload(one, where, "a.docx", b"x", 400)
    upload(one, where, "a.json", b"{", 400)
    upload(one, where, "a.md", b"x" * 10_100_000, 413)
    upload(one, where, "a.md", b"x", 403, ticket=False)
    upload(one, f"{paths['read']}/import", "a.md", b"x", 403)
    upload(one, where, "", b"", 400)
    one.post(where, status=400, file="x")
    answer = one.browser.post(
        where, content=b"--x\r\nbroken", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code in (400, 403)
    headers = {"sec-fetch-site": "cross-site"}
    answer = one.browser.post(where, files={"file": ("a.md", b"x")}, headers=headers)
    assert answer.status_code == 403
    assert porch.village.count("pads_update") == 0
