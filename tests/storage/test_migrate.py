"""The schema: numbered steps, forward only, whole or not at all."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from allmende.core.errors import Conflict
from allmende.storage.migrate import (
    FOLDER,
    Migration,
    migrate,
    migrations,
    newest_number,
)
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.sqlite import connect
from allmende.storage.types import metadata
from tests.databases import Place, Templates, named
from tests.storage.notes import read
from tests.storage.schema import defined, migrated
from tests.storage.test_retention import store_modules

ONE = "CREATE TABLE one (id BIGINT NOT NULL PRIMARY KEY);\nINSERT INTO one VALUES (1);\n"
TWO = "ALTER TABLE one ADD COLUMN body TEXT;\nUPDATE one SET body = 'a;b--c';\n"
BROKEN = "CREATE TABLE two (id BIGINT NOT NULL PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);\n"


def test_the_migrations_make_what_the_table_definitions_say(place: Place) -> None:
    assert store_modules()
    inner = place.open()
    have, want = read(inner, migrated), defined(metadata)
    inner.close()
    assert set(have) == set(want)
    for name in sorted(want):
        assert have[name] == want[name], name


def folder_with(tmp_path: Path, *texts: str) -> Path:
    folder = tmp_path / "steps"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts, 1):
        (folder / f"{number:04}_test_step.sql").write_text(text)
    return folder


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database."""
    if request.param == "sqlite":
        return Place("", tmp_path)
    server = request.getfixturevalue("postgres_server")
    templates = request.getfixturevalue("database_templates")
    assert isinstance(templates, Templates)
    name = templates.empty_postgres(server)
    return Place(named(server, name), tmp_path)


def test_steps_are_applied_once_and_in_order(empty: Place, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, ONE, TWO)
    names = ["0001_test_step.sql", "0002_test_step.sql"]
    assert list(migrate(empty.url, empty.data, folder=folder, up_to=1)) == names[:1]
    assert list(migrate(empty.url, empty.data, folder=folder)) == names[1:]
    assert list(migrate(empty.url, empty.data, folder=folder)) == []


def test_a_step_that_fails_leaves_nothing_of_itself(empty: Place, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, ONE, BROKEN)
    with pytest.raises(Exception, match="nowhere"):
        migrate(empty.url, empty.data, folder=folder)
    fixed = folder_with(tmp_path, ONE, BROKEN.replace("nowhere", "two"))
    assert list(migrate(empty.url, empty.data, folder=fixed)) == ["0002_test_step.sql"]


def test_a_database_of_a_newer_release_is_refused(empty: Place, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, ONE, TWO)
    migrate(empty.url, empty.data, folder=folder)
    (folder / "0002_test_step.sql").unlink()
    with pytest.raises(Conflict) as refused:
        migrate(empty.url, empty.data, folder=folder)
    assert refused.value.message_id == "storage.newer-database"
    assert refused.value.values == {"database": 2, "program": 1}


def test_two_programs_that_migrate_at_once_do_it_once(empty: Place, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, *[ONE.replace("one", f"t{n}") for n in range(8)])
    script = (
        "import sys; from pathlib import Path; from allmende.storage.migrate import migrate;"
        "sys.stdout.write(' '.join(migrate(sys.argv[1], Path(sys.argv[2]),"
        " folder=Path(sys.argv[3]))))"
    )
    command = [sys.executable, "-c", script, empty.url, str(empty.data), str(folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = " ".join(process.communicate(timeout=60)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(said.split()) == [f"{n:04}_test_step.sql" for n in range(1, 9)]


def test_a_step_that_rebuilds_a_table_keeps_what_refers_to_it(tmp_path: Path) -> None:
    first = (
        "CREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1);\n"
        "CREATE TABLE b (a_id BIGINT PRIMARY KEY REFERENCES a (id) ON DELETE CASCADE);\n"
        "INSERT INTO b VALUES (1);\n"
    )
    rebuild = (
        "CREATE TABLE a2 (id INTEGER PRIMARY KEY, x TEXT);\n"
        "INSERT INTO a2 (id) SELECT id FROM a;\nDROP TABLE a;\nALTER TABLE a2 RENAME TO a;\n"
    )
    migrate("", tmp_path, folder=folder_with(tmp_path, first, rebuild))
    with closing(connect(tmp_path / SQLITE_NAME)) as raw:
        assert raw.execute("SELECT * FROM b").fetchall() == [(1,)]
    with pytest.raises(ValueError, match="broken references"):
        migrate("", tmp_path, folder=folder_with(tmp_path, first, rebuild, "DELETE FROM a;"))


def test_sections_are_for_one_database_until_both() -> None:
    step = Migration(1, "x", "a;\n-- sqlite:\nb;\n-- postgres:\nc;\n-- both:\nd;\n")
    assert list(step.statements("sqlite")) == ["a;\n", "b;\n", "d;\n"]
    assert list(step.statements("postgres")) == ["a;\n", "c;\n", "d;\n"]


def test_a_statement_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="middle"):
        list(Migration(1, "x", "SELECT 1").statements("sqlite"))


@pytest.mark.parametrize("name", ["readme.txt", "0003_gap.sql", "1_short.sql"])
def test_strange_names_and_gaps_are_refused(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path, ONE)
    (folder / name).write_text(TWO)
    with pytest.raises(ValueError, match=r"named|numbered"):
        migrations(folder)


def test_our_own_migrations_have_no_gap() -> None:
    assert newest_number() == len(list(FOLDER.iterdir()))
