"""The unit: what it says, and what systemd itself thinks of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from allmende.cli import main
from allmende.cli.service import unit, usual_account
from allmende.config import Backup, Config

FILE = Path("/etc/allmende.toml")


def lines(config: Config) -> list[str]:
    return unit(config, FILE, "allmende").splitlines()


def test_a_folder_of_the_system_is_made_by_systemd() -> None:
    said = lines(Config(domain="example.org", data="/var/lib/allmende"))
    assert "Description=Allmende, example.org" in said
    assert "StateDirectory=allmende" in said
    assert "StateDirectoryMode=0700" in said
    assert "ProtectHome=yes" in said
    assert not any(line.startswith("ReadWritePaths") for line in said)


def test_other_folders_may_be_written_by_name_and_nothing_else() -> None:
    said = lines(Config(data="/srv/allmende", backup=Backup(folder="/mnt/copies")))
    assert "ReadWritePaths=/srv/allmende" in said
    assert "ReadWritePaths=/mnt/copies" in said
    assert "ProtectSystem=strict" in said


def test_what_lies_at_home_stays_readable() -> None:
    assert "ProtectHome=read-only" in lines(Config(data="/home/rosa/allmende"))


def test_it_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    target = tmp_path / "allmende.service"
    arguments = ["service", "--data", str(tmp_path / "data"), "--user", "rosa"]
    printed = CliRunner().invoke(main, arguments)
    written = CliRunner().invoke(main, [*arguments, "--write", str(target)])
    assert "User=rosa" in printed.output.splitlines()
    assert target.read_text() == printed.output
    assert "systemctl enable --now allmende" in written.output


def test_root_does_not_run_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "root")
    assert usual_account() == "allmende"
    monkeypatch.setenv("LOGNAME", "rosa")
    assert usual_account() == "rosa"


def test_the_command_that_is_started_exists() -> None:
    (started,) = [line for line in lines(Config()) if line.startswith("ExecStart=")]
    program = Path(started.removeprefix("ExecStart=").split()[0])
    assert program.exists()
    assert program.parent == Path(sys.executable).parent


@pytest.mark.interop
@pytest.mark.slow
def test_systemd_finds_it_safe(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is missing: install Debian's package systemd")
    file = tmp_path / "allmende.service"
    file.write_text(unit(Config(data="/var/lib/allmende"), FILE, "allmende"))
    command = (analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", str(file))
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout
