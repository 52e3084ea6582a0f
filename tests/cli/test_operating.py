import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from allmende.cli import main
from allmende.config.example import example


@pytest.fixture(autouse=True)
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLMENDE__WEB__PORT", "0")
    monkeypatch.setenv("ALLMENDE__MEDIA__TCP_PORT", "0")
    monkeypatch.setenv("ALLMENDE__MEDIA__UDP_PORT", "0")


def test_check_prints_ten_lines(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["check", "--data", str(tmp_path / "data")])
    assert len(answer.output.splitlines()) == 10


def test_check_as_json_says_the_same(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["check", "--json", "--data", str(tmp_path / "data")])
    found = json.loads(answer.output)
    assert found[0] | {"sentence": ""} == {
        "name": "configuration",
        "state": "good",
        "sentence": "",
        "remedy": "",
    }


def test_check_ends_with_1_when_something_is_broken(tmp_path: Path) -> None:
    (tmp_path / "allmende.toml").write_text("x = 1")
    answer = CliRunner().invoke(main, ["check", "--config", str(tmp_path / "allmende.toml")])
    assert answer.exit_code == 1
    assert answer.output.startswith("broken   configuration")


def test_the_example_is_printed() -> None:
    assert CliRunner().invoke(main, ["config", "example"]).output == example()


def test_a_backup_goes_into_a_folder_under_a_name_of_its_own_and_comes_back(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    runner = CliRunner()
    assert runner.invoke(main, ["invite", *data]).exit_code == 0
    made = runner.invoke(main, ["backup", str(tmp_path), *data])
    assert made.exit_code == 0
    (file,) = tmp_path.glob("allmende-*.tar")
    assert str(file) in made.output
    restored = runner.invoke(main, ["restore", str(file), "--data", str(tmp_path / "new")])
    assert restored.exit_code == 0
    again = runner.invoke(main, ["restore", str(file), *data])
    assert again.exit_code == 1
    assert "Traceback" not in again.output
