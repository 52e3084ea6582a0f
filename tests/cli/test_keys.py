"""The commands around the key. With a server: tests/house/test_sealed.py."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from allmende.cli import main
from allmende.cli.asking import FROM_FILE
from allmende.cli.keys import proposal, require_strong
from allmende.core.errors import InvalidInput
from allmende.storage.vault import (
    Cost,
    WrongPassphrase,
    key_path,
    load_keys,
    make_key,
    mode_of,
)

WORDS = "ofen wolke sieben tasse regal moos"
OTHERS = "birne keller sanft paddel neun ufer"


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says the passphrase."""
    file = tmp_path / "said"
    file.write_text(WORDS)
    monkeypatch.setenv(FROM_FILE, str(file))
    return file


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(data)])


@pytest.mark.slow
def test_a_house_may_be_sealed_before_its_first_start(tmp_path: Path, said: Path) -> None:
    assert "no key yet" in run(tmp_path, "key", "state").output
    answer = run(tmp_path, "key", "seal")
    assert answer.exit_code == 0
    assert "write it on paper" in answer.output
    file = key_path(tmp_path)
    assert mode_of(file) == "sealed"
    assert "under a passphrase" in run(tmp_path, "key", "state").output
    keys = load_keys(file, passphrase=WORDS)
    assert run(tmp_path, "key", "open").exit_code == 0
    assert load_keys(file) == keys
    assert "lies open" in run(tmp_path, "key", "state").output
    assert run(tmp_path, "key", "open").exit_code == 0


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path, said: Path) -> None:
    make_key(key_path(tmp_path), mode="sealed", passphrase=OTHERS, cost=Cost(64, 1, 1))
    for command in (("key", "open"), ("key", "seal"), ("invite",)):
        answer = run(tmp_path, *command)
        assert answer.exit_code == 1, command
        assert answer.output == "That is not the passphrase.\n"
    assert mode_of(key_path(tmp_path)) == "sealed"
    with pytest.raises(WrongPassphrase):
        load_keys(key_path(tmp_path), passphrase=WORDS)


@pytest.mark.parametrize("weak", ["", "passwort1234", "short words", "aaaaaaaaaaaaaaaaaaaaaaaa"])
def test_a_weak_passphrase_is_refused(tmp_path: Path, said: Path, weak: str) -> None:
    said.write_text(weak)
    answer = run(tmp_path, "key", "seal")
    assert answer.exit_code == 1
    assert "six random words" in answer.output
    assert mode_of(key_path(tmp_path)) is None


def test_our_proposal_is_strong_and_new_each_time() -> None:
    first, second = proposal(), proposal()
    assert first != second
    assert len(first.split()) == 6
    require_strong(first)
    with pytest.raises(InvalidInput):
        require_strong("allmende allmende")


def test_data_whose_key_is_lost_gets_no_new_one(tmp_path: Path, said: Path) -> None:
    (tmp_path / "allmende.db").write_bytes(bytes(range(256)))
    for command in (("key", "seal"), ("invite",), ("account", "list")):
        answer = run(tmp_path, *command)
        assert answer.exit_code == 1, command
        assert "Put it back, or restore a backup" in answer.output
    assert mode_of(key_path(tmp_path)) is None
    assert run(tmp_path, "key", "open").exit_code == 1


@pytest.mark.parametrize("command", ["lock", "unlock"])
def test_without_a_server_there_is_nothing_to_lock(
    tmp_path: Path, said: Path, command: str
) -> None:
    answer = run(tmp_path, command)
    assert answer.exit_code == 1
    assert answer.output == f"No server runs in {tmp_path}.\n"
