from click.testing import CliRunner

from allmende.cli import main
from allmende.config.example import example


def test_the_example_is_printed() -> None:
    assert CliRunner().invoke(main, ["config", "example"]).output == example()
