import gc
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from allmende.cli import main
from allmende.cli.commands import Commands, placed
from allmende.cli.operator import Operator

PLACES = {"leaf": "tests.cli.test_commands:leaf", "bare": "tests.cli.test_commands:bare"}


@click.command()
@click.pass_obj
def leaf(operator: Operator | None) -> None:
    """Grow."""
    click.echo(operator.data if operator else "nowhere")


@click.command()
def bare() -> None:
    """Stand alone."""
    click.echo("bare")


@click.group(cls=Commands, places=PLACES, homeless={"bare"})
@click.pass_context
def tree(context: click.Context) -> None:
    """A tree."""
    context.obj = Operator()


def run(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(tree, words)
    return answer.exit_code, answer.output


def test_a_command_is_loaded_by_its_name(tmp_path: Path) -> None:
    assert run("leaf", "--data", str(tmp_path)) == (0, f"{tmp_path}\n")


def test_a_command_that_keeps_nothing_takes_no_folder() -> None:
    assert run("bare") == (0, "bare\n")
    assert run("bare", "--data", "x")[0] == 2


def test_a_command_that_is_not_there_is_wrong_usage() -> None:
    assert run("root")[0] == 2


def test_help_says_every_command_in_the_order_of_the_alphabet() -> None:
    code, output = run("--help")
    assert code == 0
    lines = [line.split(maxsplit=1) for line in output.split("Commands:\n")[1].splitlines()]
    assert lines == [["bare", "Stand alone."], ["leaf", "Grow."]]


def test_loading_leaves_the_collector_as_it_was() -> None:
    context = click.Context(tree)
    assert tree.get_command(context, "leaf") is not None
    assert gc.isenabled()
    gc.disable()
    try:
        assert tree.get_command(context, "leaf") is not None
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_every_command_of_the_house_is_where_its_place_says() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        found = main.get_command(context, name)
        assert found is not None
        assert found.name == name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("allmende.cli", ("sqlalchemy", "starlette", "uvicorn", "jinja2", "allmende.app")),
        (
            "allmende.cli.serving",
            ("webauthn", "acme", "josepy", "requests", "zxcvbn", "dns", "httpx", "aiortc", "av",
             "numpy", "nh3", "segno", "allmende.cli.demo"),
        ),
    ],
)  # fmt: skip
def test_a_start_does_not_load_what_it_may_never_need(
    module: str, unwanted: tuple[str, ...]
) -> None:
    said = f"import sys, {module}; print(*[name for name in {unwanted!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True)
    assert loaded.stdout.split() == []


def test_every_command_takes_data_and_config_and_the_original_does_not(tmp_path: Path) -> None:
    @click.group()
    @click.pass_context
    def main(context: click.Context) -> None:
        context.obj = Operator()

    @click.group()
    def group() -> None:
        """A group."""

    @group.command()
    @click.pass_obj
    def leaf(operator: Operator) -> None:
        click.echo(f"{operator.data} {operator.file}")

    main.add_command(placed(group))
    arguments = ["group", "leaf", "--data", str(tmp_path), "--config", "x.toml"]
    assert CliRunner().invoke(main, arguments).output == f"{tmp_path} x.toml\n"
    assert leaf.params == []


def test_a_command_outside_of_the_house_keeps_its_place_to_itself() -> None:
    @click.command()
    def alone() -> None:
        click.echo("done")

    assert CliRunner().invoke(placed(alone), ["--data", "x"]).output == "done\n"
