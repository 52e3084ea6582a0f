"""Backup, restore, upgrade, and the way back: what the operator does so that nothing is lost."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from allmende.app.forgetting import ACTS
from allmende.app.nightly import folder_of, order_of
from allmende.cli.operator import Operator
from allmende.cli.serving import terminal_qr
from allmende.config import Config
from allmende.config.zones import zone_of
from allmende.core.clock import SystemClock
from allmende.core.errors import Conflict
from allmende.identity.cli import AS_JSON, said
from allmende.identity.service.memberships import tell_restored
from allmende.storage.age import identities_in, recipient_of
from allmende.storage.backup import CONFIG, keep_config
from allmende.storage.folder import lock_folder
from allmende.storage.night import carry_out
from allmende.storage.recipients import RECIPIENTS_NAME, make_recipient, recipients_of
from allmende.storage.restore import Settling, checked, is_encrypted, ledger_of, require_empty
from allmende.storage.restore import restore as put_back
from allmende.storage.rollback import WayBack, way_back
from allmende.storage.rollback import rollback as go_back
from allmende.storage.runs import Run, last_runs
from allmende.storage.upgrade import upgrade as bring_up

NICENESS: Final = 10
_WORDS: Final = {
    "identity_account": "accounts",
    "identity_group": "groups",
    "identity_room": "rooms",
    "chat_message": "messages",
    "pads_pad": "pads",
    "pads_update": "changes in pads",
    "plenum_assembly": "assemblies",
    "plenum_entry": "entries in minutes",
}


class Saving(click.Group):
    """``backup FILE`` is ``backup make FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual command before what is no command."""
        if "--help" not in args and (not args or args[0] not in self.commands):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=Saving)
def backup() -> None:
    """Save everything into one encrypted file; without a command: make one."""


@backup.command("make")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option("--drill", is_flag=True, help="Restore it into a scratch folder and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def make(operator: Operator, target: Path | None, drill: bool, as_json: bool) -> None:
    """Write everything into TARGET, a file or a folder, also while the server runs."""
    config = operator.config()
    data = Path(config.data)
    if not recipients_of(data, config.backup.recipients):
        raise Conflict("storage.no-recipient")
    keys = operator.keys(config)
    os.nice(NICENESS)
    _keep_config(operator, data)
    local = SystemClock().now().astimezone(zone_of(config))
    order = order_of(config, data, keys, local)
    file = str(_target(config, target, order.target))
    run = carry_out(msgspec.structs.replace(order, target=file, drill=drill))
    click.echo(msgspec.json.encode(run).decode() if as_json else _sentence(run))


@backup.command("key")
@click.option("--another", is_flag=True, help="Make one more, for one more person.")
@AS_JSON
@click.pass_obj
def key(operator: Operator, another: bool, as_json: bool) -> None:
    """Make the key that opens backups. It is shown once and kept nowhere on this machine."""
    config = operator.config()
    identity = make_recipient(Path(config.data), config.backup.recipients, another=another)
    values = {"identity": identity, "recipient": recipient_of(identity)}
    said(values, _key_page(config, identity), as_json=as_json)


def _key_page(config: Config, identity: str) -> str:
    """Return what is printed, or written down letter by letter."""
    return f"""\
THE KEY TO THE BACKUPS OF {config.domain}

{identity}

{terminal_qr(identity)}

It is shown this once and kept nowhere on this machine. Who has it can read every backup from
now on; without it nobody can, not even you.

1. Print this, or write it down letter by letter. Then clear this screen.
2. Keep it where this machine cannot be taken along with it, best with two people in two places.
3. To bring everything back on a fresh machine, put the line AGE-SECRET-KEY-... into a file:
   allmende restore FILE --key KEYFILE --data DIR
   Delete that file afterwards.

What stays here can only lock, not open: {recipient_of(identity)}
(in {Path(config.data) / RECIPIENTS_NAME}). From tonight on a backup is made every night."""


@backup.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.pass_obj
def list_runs(operator: Operator, as_json: bool) -> None:
    """Print what became of the last backups."""
    state = last_runs(Path(operator.config().data))
    runs = state.runs if state else []
    if as_json:
        click.echo(msgspec.json.encode(runs).decode())
        return
    for run in runs:
        click.echo(f"{run.at:%Y-%m-%d %H:%M}  {_sentence(run)}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the line AGE-SECRET-KEY-...",
)
@click.option(
    "--ledger",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A newer backup: what it knows as deleted is deleted again.",
)
@AS_JSON
@click.pass_obj
def restore(
    operator: Operator, file: Path, key_file: Path | None, ledger: Path | None, as_json: bool
) -> None:
    """Put back what FILE holds, into a folder without a server and without data."""
    config = operator.config()
    data = Path(config.data)
    identities: Sequence[str] = identities_in(key_file.read_text("utf-8")) if key_file else ()
    manifest = checked(file, identities)
    require_empty(data)
    deleted = ledger_of(ledger, identities) if ledger else ()
    now = SystemClock().now()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settling = Settling(now=now, ledger=deleted, acts=ACTS, last=tell_restored)
    put_back(
        file,
        data,
        config.database.url,
        settling=settling,
        keys=operator.keys(config),
        identities=identities,
        manifest=manifest,
    )
    if not is_encrypted(file):
        click.echo(
            f"{file} is of an older release and not encrypted: whoever has it can read it. "
            "Make a new backup and delete it.",
            err=True,
        )
    kept = data / CONFIG
    sentences = [f"{data} holds what {file} held. Everybody has to sign in again."]
    if kept.exists():
        sentences.append(f"The configuration as it was: {kept}")
    sentences.append(f"Start it: allmende serve --data {data}")
    values = {"data": str(data), "config": str(kept) if kept.exists() else None}
    said(values, "\n".join(sentences), as_json=as_json)


@click.command("upgrade")
@AS_JSON
@click.pass_obj
def upgrade(operator: Operator, as_json: bool) -> None:
    """Bring the data to this release, as the next start would. Old or new, never half."""
    config = operator.config()
    data, keys = Path(config.data), operator.keys(config)
    with lock_folder(data):
        names = bring_up(config.database.url, data, keys)
    sentence = "\n".join(names) if names else "Everything is of this release already."
    said({"migrations": list(names)}, sentence, as_json=as_json)


@click.command("rollback")
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_JSON
@click.pass_obj
def rollback(operator: Operator, yes: bool, as_json: bool) -> None:
    """Go back to before the last upgrade, within 7 days. What came since is lost."""
    config = operator.config()
    data, url, keys = Path(config.data), config.database.url, operator.keys(config)
    with lock_folder(data):
        now = SystemClock().now()
        way = way_back(url, data, keys, now)
        click.echo(_loss(way), err=as_json)
        if not yes and not click.confirm("Go back?", err=as_json):
            raise click.exceptions.Exit(1)
        go_back(url, data, keys, way, now)
    sentence = (
        "Done. Install the release that you had before you start: this one would upgrade again."
    )
    values = {"since": way.since.isoformat(), "lost": dict(way.lost)}
    said(values, sentence, as_json=as_json)


def _target(config: Config, wanted: Path | None, usual: str) -> Path:
    target = folder_of(config) if wanted is None else wanted
    return target / Path(usual).name if wanted is None or target.is_dir() else target


def _keep_config(operator: Operator, data: Path) -> None:
    file = operator.config_file()
    if file is not None and data.exists():
        keep_config(data, file)


def _sentence(run: Run) -> str:
    if run.result == "failed":
        return f"{run.file}: failed ({run.message_id})"
    tried = f"restored and compared in {run.drill_s:.1f} s" if run.drill_s else "not tried out"
    return (
        f"{run.file}: {run.size_bytes / 1e6:.1f} MB, {run.rows} rows and {run.blobs} contents "
        f"in {run.took_s:.1f} s; {tried}"
    )


def _loss(way: WayBack) -> str:
    """Return what is lost, in words where there are some."""
    lost = [f"{rows} {_WORDS[name]}" for name, rows in way.lost.items() if name in _WORDS]
    others = sum(rows for name, rows in way.lost.items() if name not in _WORDS)
    if others:
        lost.append(f"{others} other entries")
    since = f"This goes back to {way.since:%Y-%m-%d %H:%M} UTC."
    what = ", ".join(lost) if lost else "nothing that was added"
    return f"{since} Lost: {what}, and every change to what was there. All sessions end."
