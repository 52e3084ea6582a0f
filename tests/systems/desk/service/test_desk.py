"""Texts by the operator and rooms without account."""

from pathlib import Path

import pytest

from allmende.core.errors import NotAllowed, NotFound
from allmende.storage.database import Database
from allmende.systems.desk.service import MAX_TEXT_BYTES, DeskService, read_texts
from tests.identity.town import Town


def desk_of(database: Database, **settings: bool) -> DeskService:
    open_rooms = settings.get("open_rooms", True)
    texts = {("imprint", "en"): ["hello"]}
    return DeskService(Town(database).identity, texts=texts, open_rooms=open_rooms, chat_days=28)


def test_texts_are_paragraphs_of_plain_files(tmp_path: Path) -> None:
    (tmp_path / "imprint.de.txt").write_text("Wir.\r\n\r\nGasse 1\nStadt\n\n\n")
    (tmp_path / "privacy.de.txt").write_text(" \n\n ")
    (tmp_path / "privacy.en.txt").write_bytes(b"\xff" + b"x" * MAX_TEXT_BYTES)
    texts = read_texts(tmp_path, ("de", "en"))
    assert texts["imprint", "de"] == ["Wir.", "Gasse 1\nStadt"]
    assert set(texts) == {("imprint", "de"), ("privacy", "en")}
    assert read_texts(tmp_path / "nowhere", ("de",)) == {}


def test_a_text_in_another_language_is_better_than_none(sqlite: Database) -> None:
    desk = desk_of(sqlite)
    found = desk.text("imprint", "de")
    assert found is not None
    assert (found.language, found.paragraphs) == ("en", ["hello"])
    assert desk.text("privacy", "de") is None


def test_a_room_opened_without_account_is_known_by_its_facilitator_link(
    sqlite: Database,
) -> None:
    town = Town(sqlite)
    desk = desk_of(sqlite)
    opened = town.run(desk.start("Plenum"))
    found = town.run(desk.started(opened.room.slug, opened.facilitator_token))
    assert found.room == opened.room
    with pytest.raises(NotFound):
        town.run(desk.started(opened.room.slug, ""))
    with pytest.raises(NotAllowed, match="open-rooms-off"):
        town.run(desk_of(sqlite, open_rooms=False).start("Plenum"))


def test_labels_come_from_the_settings_of_the_room(sqlite: Database) -> None:
    town = Town(sqlite)
    desk = desk_of(sqlite)
    room = town.run(desk.start("Plenum")).room
    assert ("identity.label-kept", {"n": 28}) in desk.label(room)
