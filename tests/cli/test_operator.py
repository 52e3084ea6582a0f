from pathlib import Path

import pytest

from allmende.cli.asking import FROM_FILE
from allmende.cli.operator import Operator
from allmende.storage.database import Database
from allmende.storage.outbox import newest_fact
from allmende.storage.vault import Cost, Sealed, key_path, load_keys, make_key
from allmende.transports.running import announced


def test_a_file_in_the_current_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Operator().config_file() is None
    (tmp_path / "allmende.toml").write_text('domain = "example.org"')
    assert Operator().config().domain == "example.org"


def test_what_is_typed_wins(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('data = "elsewhere"')
    operator = Operator()
    operator.data, operator.file = tmp_path, file
    assert operator.config().data == str(tmp_path)
    assert operator.overrides(**{"web.port": 7, "domain": None}) == {
        "data": str(tmp_path),
        "web.port": 7,
    }


def test_an_address_is_that_of_the_running_server(tmp_path: Path) -> None:
    operator = Operator()
    operator.data = tmp_path
    assert operator.address("/i/x") == "http://localhost:8080/i/x"
    with announced(tmp_path, port=1, url="https://example.org"):
        assert operator.address("/i/x") == "https://example.org/i/x"


def test_every_command_reads_and_writes_an_encrypted_database(tmp_path: Path) -> None:
    operator = Operator()
    operator.data = tmp_path

    async def newest(database: Database) -> int:
        return await database.read(newest_fact)

    assert operator.run(newest) == operator.run(newest)
    content = (tmp_path / "allmende.db").read_bytes()
    assert not content.startswith(b"SQLite")
    assert b"identity_account" not in content
    assert operator.keys(operator.config()) == load_keys(key_path(tmp_path))


def test_a_sealed_key_is_opened_with_the_passphrase_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = Operator()
    operator.data = tmp_path
    words = "ofen wolke sieben tasse regal moos"
    make_key(key_path(tmp_path), mode="sealed", passphrase=words, cost=Cost(64, 1, 1))
    monkeypatch.delenv(FROM_FILE, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(Sealed):
        operator.keys(operator.config())
    (tmp_path / "said").write_text(words)
    monkeypatch.setenv(FROM_FILE, str(tmp_path / "said"))
    keys = operator.keys(operator.config())
    assert keys == load_keys(key_path(tmp_path), passphrase=words)


def test_the_key_may_lie_elsewhere(tmp_path: Path) -> None:
    operator = Operator()
    operator.file = tmp_path / "a.toml"
    operator.file.write_text(f'data = "{tmp_path}/data"\nkey_file = "{tmp_path}/elsewhere.key"')
    operator.keys(operator.config())
    assert (tmp_path / "elsewhere.key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "data").exists()
