"""The doctor from the command line: beside a database, without one, with a broken file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from allmende.app.doctor.all import CHECKS
from allmende.cli import main
from allmende.cli.checking import Said
from allmende.core.findings import State


@pytest.fixture(autouse=True)
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLMENDE__WEB__PORT", "0")
    monkeypatch.setenv("ALLMENDE__MEDIA__TCP_PORT", "0")
    monkeypatch.setenv("ALLMENDE__MEDIA__UDP_PORT", "0")


def found(folder: Path) -> dict[str, Said]:
    answer = CliRunner().invoke(main, ["check", "--json", "--data", str(folder)])
    said = [Said(**each) for each in json.loads(answer.output)]
    return {each.name: each for each in said}


@pytest.mark.slow
def test_a_line_is_printed_for_each_check(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["check", "--data", str(tmp_path / "data")])
    lines = answer.output.splitlines()
    assert len(lines) == len(CHECKS) + 1
    assert lines[0].startswith("good     configuration.file")
    assert answer.exit_code == int(any(line.startswith("broken") for line in lines))


@pytest.mark.slow
def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    found(tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_what_is_kept_is_looked_at_with_its_key(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["invite", "--data", str(tmp_path / "data")])
    assert made.exit_code == 0
    said = found(tmp_path / "data")
    assert said["storage.integrity"].sentence == "Every page of the database is sound."
    assert said["people.operators"].state == "warning"
    assert "Two are safer" in said["people.operators"].sentence


def test_with_a_broken_configuration_nothing_else_is_judged(tmp_path: Path) -> None:
    file = tmp_path / "allmende.toml"
    file.write_text("[media]\nudp_prot = 1")
    answer = CliRunner().invoke(main, ["check", "--config", str(file)])
    assert answer.exit_code == 1
    assert len(answer.output.splitlines()) == 1
    assert "media.udp_port" in answer.output


def test_a_finding_is_one_line() -> None:
    told = Said("storage.free", State.WARNING, "19 % is free.", "Free space.")
    assert told.line() == "warning  storage.free         19 % is free.  -> Free space."
