"""The command ``allmende``: each command does what a page does, through the same service."""

import click

import allmende.identity.cli
import allmende.systems.desk.cli
import allmende.systems.meet.cli
import allmende.systems.pads.cli
from allmende import __version__
from allmende.cli import checking, exporting, keys, operating, quickstart, saving, service, serving
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
    quickstart.quickstart,
    checking.check,
    saving.backup,
    saving.restore,
    saving.upgrade,
    saving.rollback,
    exporting.export,
    exporting.import_,
    operating.config,
    service.service,
    keys.unlock,
    keys.lock,
    keys.key,
    allmende.identity.cli.invite,
    allmende.identity.cli.account,
    allmende.identity.cli.registration,
    allmende.identity.cli.request,
    allmende.systems.desk.cli.group,
    allmende.systems.meet.cli.meet,
    allmende.systems.pads.cli.pads,
):
    main.add_command(placed(_command))
main.add_command(demo)
