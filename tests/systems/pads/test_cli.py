"""``allmende pads``: figures without words, a lock, an end, a text for whoever asks for it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from allmende.core.ids import GroupId, RoomId
from allmende.storage.database import Database
from allmende.systems.pads.cli import pads
from allmende.systems.pads.model.pad import Pad
from allmende.systems.pads.service import operating
from allmende.systems.pads.store import log
from tests.databases import Twice
from tests.systems.pads.rows import add_pad, appended, rows_of, typed

T = TypeVar("T")


class Line:
    """The command line on the database of a test."""

    def __init__(self, database: Twice) -> None:
        self.database = database

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def done() -> T:
            return await work(self.database)

        return asyncio.run(done())

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(pads, words, obj=self)

    def write(self, change: Callable[[Any], T]) -> T:
        return asyncio.run(self.database.write(change))

    def facts(self) -> list[str]:
        names = text("SELECT name FROM event_log WHERE name LIKE 'pads.%' ORDER BY id")
        return list(asyncio.run(self.database.read(lambda db: db.execute(names).scalars().all())))


@pytest.fixture
def line(database: Twice) -> Line:
    return Line(database)


@pytest.fixture
def pad(line: Line) -> Pad:
    made = line.write(lambda db: add_pad(db, title="geheimer Titel"))
    rows = rows_of(made.id, typed("# Beschluss\n", "ja"))
    line.write(lambda db: log.append(db, appended(rows)))
    return made


def test_the_list_says_where_and_how_large_and_nothing_of_the_text(line: Line, pad: Pad) -> None:
    line.write(lambda db: add_pad(db, place="g3:x", group_id=GroupId(3), locked=True).id)
    line.write(lambda db: add_pad(db, place="r4:x", room_id=RoomId(4)).id)
    said = line("list").output
    assert [part in said for part in ("open", "group 3", "room 4", "locked", "2026-11-23")] == [
        True
    ] * 5
    assert "geheim" not in said
    assert "Beschluss" not in said


def test_one_pad_is_shown_in_figures(line: Line, pad: Pad) -> None:
    said = line("show", str(pad.id)).output
    assert "2 rows" in said
    assert "geheim" not in said


def test_figures_are_there_for_programs_too(line: Line, pad: Pad) -> None:
    (listed,) = json.loads(line("list", "--json").output)
    shown = json.loads(line("show", str(pad.id), "--json").output)
    assert listed == {key: shown[key] for key in listed}
    assert (listed["pad"], listed["place"], shown["rows"]) == (pad.id, "open", 2)
    assert "geheim" not in repr(shown)


def test_a_pad_that_is_not_there_is_said(line: Line) -> None:
    for command in ("show", "lock", "compact", "check"):
        assert line(command, "4711").exit_code == 1
    assert line("export", "4711", "--to", "nowhere.md").exit_code == 1
    assert line("delete", "4711", "--yes").exit_code == 1


def test_a_lock_is_a_fact_that_a_running_server_hears(line: Line, pad: Pad) -> None:
    line("lock", str(pad.id))
    assert line.write(lambda db: log.find_pad(db, pad.id)).locked  # type: ignore[union-attr]  # it is there
    line("lock", str(pad.id), "--off")
    assert not line.write(lambda db: log.find_pad(db, pad.id)).locked  # type: ignore[union-attr]  # it is there
    assert line.facts() == ["pads.PadLocked"] * 2


def test_deleting_asks_and_leaves_nothing(line: Line, pad: Pad) -> None:
    assert CliRunner().invoke(pads, ["delete", str(pad.id)], input="n\n", obj=line).exit_code == 1
    assert asyncio.run(operating.all_pads(line.database))
    assert line("delete", str(pad.id), "--yes").exit_code == 0
    assert asyncio.run(operating.all_pads(line.database)) == []
    assert line.write(lambda db: log.log_size(db, pad.id)) == (0, 0)
    assert line.facts() == ["pads.PadDeleted"]


def exported(line: Line, pad: Pad, file: Path, form: str = "txt") -> str:
    """The text in a new file; nothing of it is printed."""
    said = line("export", str(pad.id), "--format", form, "--to", str(file))
    assert (said.exit_code, "Beschluss" in said.output) == (0, False)
    return file.read_text()


def test_the_text_is_written_into_a_new_file_of_our_own(
    line: Line, pad: Pad, tmp_path: Path
) -> None:
    assert line("export", str(pad.id)).exit_code == 2
    file = tmp_path / "pad.txt"
    assert exported(line, pad, file) == "# Beschluss\nja"
    assert file.stat().st_mode & 0o777 == 0o600
    assert line("export", str(pad.id), "--to", str(file)).exit_code == 1
    assert "Beschluss" in exported(line, pad, tmp_path / "pad.html", "html")


def test_compacting_keeps_what_is_there(line: Line, pad: Pad, tmp_path: Path) -> None:
    assert line("compact").output == "1 compacted\n"
    assert line("compact", str(pad.id)).output == "0 compacted\n"
    assert exported(line, pad, tmp_path / "pad.txt") == "# Beschluss\nja"


def test_a_whole_pad_has_no_faults(line: Line, pad: Pad) -> None:
    line("compact")
    checked = line("check")
    assert (checked.exit_code, checked.output) == (0, "1 checked, 0 faults\n")


def test_what_does_not_fit_is_named_and_the_exit_code_says_so(line: Line, pad: Pad) -> None:
    wrong = text("UPDATE pads_pad SET log_bytes = 3")
    line.write(lambda db: bool(db.execute(wrong).rowcount))
    checked = line("check", str(pad.id))
    assert checked.exit_code == 1
    assert f"pad {pad.id}: the log has" in checked.output
