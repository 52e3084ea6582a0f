"""What the operator does with the house itself: look after it, copy it, explain it."""

import os
from pathlib import Path

import click
import msgspec

from allmende.cli.checks.all import findings
from allmende.cli.checks.finding import State
from allmende.cli.operator import Operator
from allmende.config.example import example
from allmende.core.clock import SystemClock
from allmende.storage.backup import backup as write_backup
from allmende.storage.backup import restore as read_backup


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of lines.")
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Say what is good, what is not, and what to do about it. Exit code 1 if one is broken."""
    operator = context.ensure_object(Operator)
    found = findings(operator.config_file(), os.environ, operator.overrides())
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        for finding in found:
            click.echo(finding.line())
    if any(finding.state is State.BROKEN for finding in found):
        context.exit(1)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def backup(operator: Operator, file: Path | None) -> None:
    """Write everything into one FILE, also while the server runs. FILE may be a folder."""
    config = operator.config()
    target = file or Path()
    if target.is_dir():
        target = target / f"allmende-{SystemClock().now():%Y-%m-%d-%H%M%S}.tar"
    write_backup(Path(config.data), config.database.url, target)
    click.echo(f"{target} holds everything. Whoever has it can read it: keep it safe.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(operator: Operator, file: Path) -> None:
    """Put back what FILE holds, into a folder without a server and without data."""
    config = operator.config()
    data = Path(config.data)
    read_backup(file, data, config.database.url)
    click.echo(f"{data} holds what {file} held. Start it: allmende serve --data {data}")


@click.group("config")
def config() -> None:
    """Help with allmende.toml."""


@config.command("example")
def config_example() -> None:
    """Print allmende.toml with every key, its default and what it means."""
    click.echo(example(), nl=False)
