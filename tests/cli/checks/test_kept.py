"""Each check with and without the fault it is for."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from allmende.cli.checks.finding import Situation, State
from allmende.cli.checks.kept import database, web_client
from allmende.config import Database
from allmende.storage.migrate import migrate, newest_number
from allmende.storage.opening import SQLITE_NAME
from tests.databases import Place


@pytest.fixture
def kept(here: Situation) -> Path:
    migrate("", here.data)
    return here.data / SQLITE_NAME


def test_before_the_first_start_there_is_nothing_to_judge(here: Situation) -> None:
    assert database(here).state is State.GOOD


def test_a_whole_database_of_this_release_is_good(here: Situation, kept: Path) -> None:
    assert database(here).state is State.GOOD


def test_a_damaged_database_is_found(here: Situation, kept: Path) -> None:
    size = kept.stat().st_size
    with kept.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * min(8192, size - 4096))
    finding = database(here)
    assert finding.state is State.BROKEN
    assert "allmende restore" in finding.remedy


def test_a_file_that_is_no_database_is_found(here: Situation) -> None:
    (here.data / SQLITE_NAME).write_bytes(b"nonsense" * 1000)
    assert "cannot be read" in database(here).sentence


def test_a_database_of_a_newer_release_is_found(here: Situation, kept: Path) -> None:
    set_number(kept, newest_number() + 1)
    assert database(here).state is State.BROKEN


def test_a_database_of_an_older_release_is_brought_forward(here: Situation, kept: Path) -> None:
    with sqlite3.connect(kept) as raw:
        raw.execute("DELETE FROM schema_migration WHERE number > 1")
    raw.close()
    finding = database(here)
    assert finding.state is State.WARNING
    assert "Start the server" in finding.remedy


def set_number(path: Path, number: int) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("INSERT INTO schema_migration (number, name) VALUES (?, 'later')", (number,))
    raw.close()


def with_url(here: Situation, url: str) -> Situation:
    return replace(here, config=msgspec.structs.replace(here.config, database=Database(url=url)))


@pytest.mark.postgres
def test_a_postgresql_of_this_release_is_good(here: Situation, postgres_place: Place) -> None:
    assert database(with_url(here, postgres_place.url)).state is State.GOOD


def test_a_postgresql_that_does_not_answer_is_found(here: Situation) -> None:
    url = f"postgresql://nobody@/none?host={here.data}"
    finding = database(with_url(here, url))
    assert finding.state is State.BROKEN
    assert "Start PostgreSQL" in finding.remedy


def test_a_web_client_that_was_not_built_is_found(here: Situation, tmp_path: Path) -> None:
    finding = web_client(here, tmp_path)
    assert (finding.state, finding.remedy) == (State.BROKEN, "make frontend")


def test_a_web_client_with_a_missing_file_is_found(here: Situation, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"base.js": "base-1.js"}')
    assert web_client(here, tmp_path).state is State.BROKEN
    (tmp_path / "base-1.js").write_text("")
    assert web_client(here, tmp_path).state is State.GOOD
