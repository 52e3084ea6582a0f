"""What the terminal shows and refuses. A whole demo: tests/interop/demo."""

import pytest
from click.testing import CliRunner

from allmende.cli import main
from allmende.cli.demo import stage
from allmende.cli.demo.command import greeting
from allmende.cli.demo.stage import Demo
from tests.cli.demo.test_stage import Ended


def test_the_link_to_open_comes_first() -> None:
    shown = Demo(url="http://localhost:1", facilitators="F", guests="G", bots=Ended())
    first, second, *_ = greeting(shown)
    assert first == "Open this: F"
    assert second.endswith("G")


@pytest.mark.parametrize(
    "words",
    [
        ("--bots", "3"),
        ("--bots", "13"),
        ("--cameras", "5"),
        ("--speed", "0"),
        ("--language", "fr"),
        ("--data", "here"),
    ],
)
def test_what_cannot_be_is_refused_as_wrong_usage(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(main, ["demo", *words]).exit_code == 2


def test_without_its_libraries_one_sentence_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stage, "NEEDED", ("a_library_that_nobody_has",))
    done = CliRunner().invoke(main, ["demo"])
    assert done.exit_code == 1
    assert 'pip install "allmende[demo]"' in done.output
    assert "Traceback" not in done.output
