"""Export and import: everything that goes out comes back, and nothing is done by half."""

import json

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import InvalidInput, NotAllowed, QuotaExceeded
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind
from allmende.systems.pads.model.policy import MAX_IMPORT_BYTES, MAX_IMPORTED_REVISIONS
from allmende.systems.pads.service.carrying import FORMAT, VERSION, Form, Upload
from tests.systems.pads.village import RABE, Village

MARKDOWN = """# Plenum

Hallo **alle** & *zusammen*

* eins
* zwei

- [x] getan
- [ ] offen

| a | b |
| --- | --- |
| 1 | 2 |
"""


def bring(village: Village, address: Address, form: Form, data: bytes) -> None:
    upload = Upload(form, data, "davor")
    village.run(village.pads.bring(STRANGER, address, RABE, upload))


def export(village: Village, address: Address, form: Form) -> bytes:
    return village.run(village.pads.export(STRANGER, address, form, "de")).data


@pytest.mark.parametrize("form", [Form.MARKDOWN, Form.HTML, Form.JSON])
def test_what_is_exported_and_imported_is_the_same_text(village: Village, form: Form) -> None:
    first, second = village.made("Plenum")[0], village.made()[0]
    bring(village, first, Form.MARKDOWN, MARKDOWN.encode())
    bring(village, second, form, export(village, first, form))
    assert export(village, second, Form.MARKDOWN) == export(village, first, Form.MARKDOWN)
    assert b"**alle**" in export(village, second, Form.MARKDOWN)


def test_plain_text_comes_back_letter_by_letter(village: Village) -> None:
    text = "# kein Titel\n\n\tx = 1 < 2 # *so*\n"
    first, second = village.made(kind=Kind.TEXT)[0], village.made(kind=Kind.TEXT)[0]
    bring(village, first, Form.TEXT, text.replace("\n", "\r\n").encode("utf-8-sig"))
    for form in (Form.TEXT, Form.MARKDOWN, Form.JSON):
        bring(village, second, form, export(village, first, form))
        assert export(village, second, Form.TEXT).decode() == text


def test_files_have_a_name_a_type_and_no_script(village: Village) -> None:
    address, _ = village.made('Plan "B"; \u0416/..')
    bring(village, address, Form.MARKDOWN, b"<script>alert(1)</script>\n\n[x](javascript:alert(1))")
    for form in Form:
        file = village.run(village.pads.export(STRANGER, address, form, "de"))
        assert file.name == f"Plan-B-\u0416.{form}"
        assert file.media_type
    page = export(village, address, Form.HTML)
    assert b"<script" not in page
    assert b'href="javascript' not in page
    untitled, _ = village.made()
    assert village.run(village.pads.export(STRANGER, untitled, Form.TEXT, "de")).name == "pad.txt"


def test_the_past_goes_along_for_those_who_may_see_it(village: Village) -> None:
    address, admin = village.made()
    village.write(STRANGER, address, "alt")
    village.run(village.pads.name_state(STRANGER, address, RABE, "Entwurf"))
    bring(village, address, Form.MARKDOWN, b"neu")
    carried = json.loads(export(village, address, Form.JSON))
    assert (carried["format"], carried["version"], carried["kind"]) == (FORMAT, VERSION, "rich")
    assert [one["name"] for one in carried["revisions"]] == ["Entwurf", "davor"]
    assert "alt" in carried["revisions"][0]["text"]
    reader = village.links(admin)[Capability.READ]
    assert json.loads(export(village, reader, Form.JSON))["revisions"] == []
    other, _ = village.made()
    bring(village, other, Form.JSON, export(village, address, Form.JSON))
    names = [one.name for one in village.run(village.pads.history(STRANGER, other)).states]
    assert names == ["davor", "Entwurf"]
    assert b"neu" in export(village, other, Form.MARKDOWN)


def refused(**changes: object) -> bytes:
    whole = {"format": FORMAT, "version": VERSION, "kind": "rich", "language": "", "title": "",
             "text": "", "revisions": []}  # fmt: skip
    return json.dumps({**whole, **changes}).encode()


MANY = [{"name": "x", "text": ""}] * (MAX_IMPORTED_REVISIONS + 1)


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (Form.TEXT, b"\xff\xfe"),
        (Form.MARKDOWN, b"a\0b"),
        (Form.MARKDOWN, b"x" * 100_001),
        (Form.TEXT, b"x" * (MAX_IMPORT_BYTES + 1)),
        (Form.JSON, b"{"),
        (Form.JSON, b"[" * 100_000),
        (Form.JSON, refused(format="other")),
        (Form.JSON, refused(version=2)),
        (Form.JSON, refused(revisions=MANY)),
        (Form.JSON, refused(revisions=[{"name": "~before-restore", "text": ""}])),
        (Form.JSON, refused(revisions=[{"name": "gut", "text": "x" * 100_001}])),
        (Form.JSON, refused(revisions=[{"name": "gut", "text": "gut"}], text="x" * 100_001)),
    ],
)
def test_a_file_that_is_refused_changes_nothing(village: Village, form: Form, data: bytes) -> None:
    address, _ = village.made()
    village.write(STRANGER, address, "bleibt")
    before = export(village, address, Form.JSON)
    with pytest.raises((InvalidInput, QuotaExceeded)):
        bring(village, address, form, data)
    assert export(village, address, Form.JSON) == before


def test_readers_import_nothing(village: Village) -> None:
    _, admin = village.made()
    with pytest.raises(NotAllowed, match=r"pads\.read-only"):
        bring(village, village.links(admin)[Capability.READ], Form.TEXT, b"neu")
