"""Backup, restore, upgrade and rollback as an operator types them."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from allmende.cli import main
from allmende.storage.age import identities_in, recipient_of
from allmende.storage.folder import lock_folder
from allmende.storage.restore import checked
from allmende.storage.runs import last_runs
from allmende.storage.vault import load_keys
from tests.storage.filled import LAST_RELEASE, filled_place

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def typed(data: Path, *words: str, answer: str | None = None) -> Result:
    result = CliRunner().invoke(main, [*words, "--data", str(data)], input=answer)
    assert "Traceback" not in result.output
    return result


def keyed(data: Path, folder: Path) -> Path:
    """Make an operator and a key; return the file with it."""
    assert typed(data, "invite").exit_code == 0
    shown = typed(data, "backup", "key").stdout
    file = folder / "key"
    file.write_text("\n".join(line for line in shown.splitlines() if line.startswith("AGE-")))
    return file


def test_the_key_is_shown_once_and_only_its_public_half_stays(data: Path, tmp_path: Path) -> None:
    shown = typed(data, "backup", "key")
    assert shown.exit_code == 0
    (identity,) = identities_in("\n".join(shown.stdout.splitlines()[2:3]))
    assert shown.stdout.count("AGE-SECRET-KEY-1") == 1
    assert recipient_of(identity) in shown.stdout
    for path in data.rglob("*"):
        if path.is_file():
            assert identity.encode() not in path.read_bytes()
    again = typed(data, "backup", "key")
    assert again.exit_code == 1
    assert "--another" in again.stderr
    assert typed(data, "backup", "key", "--another").exit_code == 0
    assert len((data / "backup-recipients").read_text().splitlines()) == 2


@pytest.mark.interop
def test_a_camera_reads_the_key_from_the_paper(data: Path, tmp_path: Path) -> None:
    lines = typed(data, "backup", "key").stdout.splitlines()
    rows = [line for line in lines if line and set(line) <= set("█▀▄ ")]
    halves = {"█": "00", "▀": "01", "▄": "10", " ": "11"}
    dots = ["".join(halves[char][half] for char in row) for row in rows for half in range(2)]
    scaled = [" ".join(char for char in row for _ in range(4)) for row in dots for _ in range(4)]
    picture = tmp_path / "key.pbm"
    picture.write_text(f"P1\n{len(dots[0]) * 4} {len(scaled)}\n" + "\n".join(scaled) + "\n")
    said = subprocess.run(
        ["/usr/bin/zbarimg", "--raw", "-q", picture], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == lines[2]


def test_without_a_key_there_is_no_backup_and_one_sentence_says_so(data: Path) -> None:
    typed(data, "invite")
    refused = typed(data, "backup")
    assert refused.exit_code == 1
    assert refused.stderr == "There is no key for backups yet. Make one: allmende backup key\n"


@pytest.mark.parametrize("words", [[], ["make"]])
def test_a_backup_goes_to_the_usual_folder_and_is_remembered(
    data: Path, tmp_path: Path, words: list[str]
) -> None:
    keyed(data, tmp_path)
    made = typed(data, "backup", *words, "--drill")
    assert made.exit_code == 0, made.output
    (file,) = (data / "backups").glob("*.allmende.age")
    assert made.stdout.startswith(f"{file}: ")
    assert "restored and compared" in made.stdout
    state = last_runs(data)
    assert state is not None
    assert state.last_good is not None
    listed = json.loads(typed(data, "backup", "list", "--json").stdout)
    assert [run["result"] for run in listed] == ["good"]
    assert str(file) in typed(data, "backup", "list").stdout


def test_a_backup_comes_back_on_a_fresh_machine(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "allmende.toml"
    config.write_text('[desk]\ntitle = "Kiez"\n')
    key = keyed(data, tmp_path)
    for target in (tmp_path / "one.age", tmp_path):
        made = typed(data, "backup", str(target), "--json", "--config", str(config))
        assert json.loads(made.stdout)["result"] == "undrilled"
    assert len(list(tmp_path.glob("*.allmende.age"))) == 1
    file, new = str(tmp_path / "one.age"), tmp_path / "new"
    for words in ([], ["--key", str(config)]):
        refused = typed(new, "restore", file, *words)
        assert refused.exit_code == 1
        assert not new.exists()
    restored = typed(new, "restore", file, "--key", str(key), "--ledger", file)
    assert restored.exit_code == 0, restored.output
    assert "sign in again" in restored.stdout
    assert (new / "config" / "allmende.toml").read_text() == config.read_text()
    # Another house, another key; and what was made there opens with the same paper.
    keys = [load_keys(folder / "keys" / "house.key") for folder in (data, new)]
    assert keys[0] != keys[1]
    assert typed(new, "backup", str(tmp_path / "two.age")).exit_code == 0
    identities = identities_in(key.read_text())
    assert checked(tmp_path / "two.age", identities) is not None
    assert typed(new, "restore", file, "--key", str(key)).exit_code == 1


def test_an_upgrade_says_what_it_did_and_a_rollback_what_is_lost(data: Path) -> None:
    filled_place(data, number=LAST_RELEASE)
    with lock_folder(data):
        refused = typed(data, "upgrade")
    assert refused.exit_code == 1
    assert "already used" in refused.stderr
    upgraded = typed(data, "upgrade")
    assert f"{LAST_RELEASE + 1:04}_" in upgraded.stdout
    assert "already" in typed(data, "upgrade").stdout
    refused = typed(data, "rollback", answer="n\n")
    assert refused.exit_code == 1
    assert "Lost: nothing that was added" in refused.stdout
    done = typed(data, "rollback", "--yes")
    assert done.exit_code == 0, done.output
    assert "Install the release" in done.stdout
    gone = typed(data, "rollback", "--yes")
    assert gone.exit_code == 1
    assert "no way back" in gone.stderr
