"""``allmende voice``: the commands of the system, and the check of the house."""

from pathlib import Path

from click.testing import CliRunner

from allmende.cli import main


def test_voice_has_its_commands_and_check_says_how_things_are(tmp_path: Path) -> None:
    run = CliRunner()
    listed = run.invoke(main, ["voice", "--help"])
    assert "check" in listed.output
    assert "who" in listed.output
    config = tmp_path / "allmende.toml"
    config.write_text("[voice]\nport = 0\n")
    found = run.invoke(
        main, ["voice", "check", "--config", str(config), "--data", str(tmp_path / "data")]
    )
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert len(lines) == 6
    assert any("voice.fanout" in line for line in lines)
