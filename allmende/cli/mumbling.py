"""``allmende voice``: who is there by Mumble, and what the doctor says of it."""

from typing import Final

import click
import msgspec

from allmende.app.doctor import certificates, load, mumble
from allmende.cli.checking import LOCALE, in_words, situation
from allmende.cli.operator import Operator
from allmende.core.findings import State
from allmende.systems.voice.cli import voice as of_system
from allmende.webkit.i18n import Catalogues

CHECKS: Final = (
    mumble.port,
    certificates.valid,
    certificates.chain,
    mumble.certificates,
    load.buffers,
    mumble.fanout,
)


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of lines.")
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Print port, certificate, buffers and how sound goes out. Exit code 1 if one is broken."""
    here = situation(context.ensure_object(Operator))
    found = [each(here) for each in CHECKS]
    texts = Catalogues.load(LOCALE)
    said = [in_words(each, texts) for each in found]
    if as_json:
        click.echo(msgspec.json.encode(said).decode())
    else:
        for one in said:
            click.echo(one.line())
    if any(each.state is State.BROKEN for each in found):
        context.exit(1)


voice: Final = click.Group(
    "voice", commands={**of_system.commands, "check": check}, help=of_system.help
)
