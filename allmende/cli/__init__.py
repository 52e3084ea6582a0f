"""The command ``allmende``: each command does what a page does, through the same service."""

from typing import TYPE_CHECKING, Final

import click

from allmende import __version__
from allmende.cli.commands import Commands
from allmende.core.late import Late

if TYPE_CHECKING:
    from allmende.cli import operator
else:
    operator = Late("allmende.cli.operator")

_PLACES: Final = {
    "serve": "allmende.cli.serving:serve",
    "quickstart": "allmende.cli.quickstart:quickstart",
    "check": "allmende.cli.checking:check",
    "backup": "allmende.cli.saving:backup",
    "restore": "allmende.cli.saving:restore",
    "upgrade": "allmende.cli.saving:upgrade",
    "rollback": "allmende.cli.saving:rollback",
    "export": "allmende.cli.exporting:export",
    "import": "allmende.cli.exporting:import_",
    "config": "allmende.cli.operating:config",
    "service": "allmende.cli.service:service",
    "unlock": "allmende.cli.keys:unlock",
    "lock": "allmende.cli.keys:lock",
    "key": "allmende.cli.keys:key",
    "demo": "allmende.cli.demo.command:demo",
    "invite": "allmende.identity.cli:invite",
    "account": "allmende.identity.cli:account",
    "registration": "allmende.identity.cli:registration",
    "request": "allmende.identity.cli:request",
    "group": "allmende.systems.desk.cli:group",
    "meet": "allmende.systems.meet.cli:meet",
    "voice": "allmende.cli.mumbling:voice",
    "pads": "allmende.systems.pads.cli:pads",
}


@click.group(cls=Commands, places=_PLACES, homeless={"demo"})
@click.version_option(__version__, prog_name="allmende")
@click.pass_context
def main(context: click.Context) -> None:
    """One self-hosted server for groups that cannot meet in one room."""
    context.obj = operator.Operator()
