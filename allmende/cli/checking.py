"""``allmende check``: what the doctor sees from the command line, beside the server or without."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import msgspec
from sqlalchemy.exc import SQLAlchemyError

from allmende.app.doctor.all import findings
from allmende.app.doctor.situation import Situation
from allmende.cli.asking import keys_of_running
from allmende.cli.exporting import privacy_lines, privacy_rows
from allmende.cli.operator import Operator
from allmende.config import Config, ConfigRefused, places_of
from allmende.core.clock import SystemClock
from allmende.core.errors import AllmendeError
from allmende.core.findings import Finding, State, broken
from allmende.identity.store.counts import People, people
from allmende.storage.opening import SQLITE_NAME, open_database
from allmende.storage.vault import HouseKeys, is_plain, key_path, load_keys, mode_of
from allmende.transports.running import find_running
from allmende.webkit.i18n import Catalogues

LOCALE: Final = Path(__file__).parents[1] / "locale"
_LANGUAGE: Final = "en"


class Said(msgspec.Struct, frozen=True):
    """A finding in words."""

    name: str
    state: State
    sentence: str
    remedy: str

    def line(self) -> str:
        """Return it as one line of a terminal."""
        remedy = f"  -> {self.remedy}" if self.remedy else ""
        return f"{self.state:<8} {self.name:<20} {self.sentence}{remedy}"


@click.command("check")
@click.argument("what", required=False, type=click.Choice(["privacy"]))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of lines.")
@click.pass_context
def check(context: click.Context, what: str | None, as_json: bool) -> None:
    """Say what is good, what is not, and what to do about it. Exit code 1 if one is broken.

    `check privacy` prints what is kept of whom, for how long and why.
    """
    if what == "privacy":
        lines = json.dumps(privacy_rows()) if as_json else "\n".join(privacy_lines())
        click.echo(lines)
        return
    texts = Catalogues.load(LOCALE)
    said = [in_words(each, texts) for each in look(context.ensure_object(Operator))]
    if as_json:
        click.echo(msgspec.json.encode(said).decode())
    else:
        for each in said:
            click.echo(each.line())
    if any(each.state is State.BROKEN for each in said):
        context.exit(1)


def look(operator: Operator) -> Sequence[Finding]:
    """Ask every check. With a broken configuration nothing else can be judged."""
    try:
        config = operator.config()
        places_of(config)
    except ConfigRefused as refused:
        reason = str(refused)
        name, says = "configuration.file", "check.configuration-broken"
        return [broken(name, says, "check.configuration-remedy", reason=reason)]
    return findings(situation(operator))


def situation(operator: Operator) -> Situation:
    """Return what checks look at. Raises ConfigRefused."""
    config = operator.config()
    data, clock = Path(config.data), SystemClock()
    running, keys = find_running(data), known_keys(config)
    return Situation(
        config=config,
        data=data,
        clock=clock,
        running_port=running.port if running else None,
        keys=keys,
        people=asyncio.run(counted(config, keys, clock.now())),
    )


def in_words(finding: Finding, texts: Catalogues) -> Said:
    """Return the finding as it is printed."""
    remedy = texts.text(_LANGUAGE, finding.remedy, **finding.values) if finding.remedy else ""
    sentence = texts.text(_LANGUAGE, finding.says, **finding.values)
    return Said(finding.name, finding.state, sentence, remedy)


def known_keys(config: Config) -> HouseKeys | None:
    """Return the keys if nobody has to be asked for them; nothing is made."""
    data = Path(config.data)
    file = key_path(data, config.key_file)
    try:
        if mode_of(file) == "sealed":
            return keys_of_running(data)
        return load_keys(file, mode=config.key_mode, data=data) if file.exists() else None
    except (AllmendeError, OSError):
        return None


async def counted(config: Config, keys: HouseKeys | None, now: datetime) -> People | None:
    """Count who looks after the server; None where the database cannot be opened."""
    data = Path(config.data)
    path = data / SQLITE_NAME
    if not config.database.url and (not path.exists() or (keys is None and not is_plain(path))):
        return None
    keys = None if not config.database.url and is_plain(path) else keys
    try:
        async with open_database(config.database.url, data, keys=keys) as database:
            return await database.read(lambda db: people(db, now))
    except (AllmendeError, SQLAlchemyError, OSError):
        return None
