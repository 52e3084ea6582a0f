"""The command ``allmende``: each command does what a page does, through the same service."""

import click

import allmende.identity.cli
import allmende.systems.meet.cli
import allmende.systems.pads.cli
from allmende import __version__
from allmende.cli import operating, serving
from allmende.cli.demo.command import demo
from allmende.cli.operator import Operator, placed
from allmende.cli.refusals import Commands


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="allmende")
@click.pass_context
def main(context: click.Context) -> None:
    """One self-hosted server for groups that cannot meet in one room."""
    context.obj = Operator()


for _command in (
    serving.serve,
    operating.check,
    operating.backup,
    operating.restore,
    operating.config,
    allmende.identity.cli.invite,
    allmende.identity.cli.account,
    allmende.systems.meet.cli.meet,
    allmende.systems.pads.cli.pads,
):
    main.add_command(placed(_command))
main.add_command(demo)
