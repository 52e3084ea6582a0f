"""``allmende pads``: what the operator may know of pads, and how to lock, end and check them."""

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeVar

import click

from allmende.core.clock import SystemClock
from allmende.core.ids import PadId
from allmende.identity.cli import AS_JSON, said, with_identity
from allmende.storage.database import Database
from allmende.systems.pads.model.pad import Pad
from allmende.systems.pads.service import operating

T = TypeVar("T")
_NUMBER = click.IntRange(1, 2**63 - 1)
_OURS = 0o600


class House(Protocol):
    """What the command line hands to its groups as ``obj``."""

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Open the database, also beside a running server, and do ``work`` with it."""
        ...


@click.group("pads")
def pads() -> None:
    """List pads, lock, delete, export, compact and check them."""


@pads.command("list")
@AS_JSON
@click.pass_obj
def list_pads(house: House, as_json: bool) -> None:
    """Print number, place, size and last edit of each pad, no names and no titles."""
    found = house.run(operating.all_pads)
    if as_json:
        click.echo(json.dumps([row_of(pad) for pad in found]))
        return
    for pad in found:
        click.echo(line_of(pad))


@pads.command("show")
@click.argument("pad", type=_NUMBER)
@AS_JSON
@click.pass_obj
def show(house: House, pad: int, as_json: bool) -> None:
    """Print the figures of PAD (its number)."""
    found = house.run(lambda database: operating.figures(database, PadId(pad)))
    if as_json:
        click.echo(json.dumps(row_of(found.pad) | figures_of(found)))
        return
    click.echo(line_of(found.pad))
    click.echo(f"kind        {found.pad.kind}, history {found.pad.history}")
    click.echo(f"log         {found.rows} rows, {found.pad.log_bytes} bytes")
    click.echo(f"state       {found.state_bytes} bytes, at {found.pad.state_seq}")
    click.echo(f"copies      {found.copies}, {found.named} of them named")
    click.echo(f"ends        {day_of(found.pad.ends_at, 'never')}")


@pads.command("lock")
@click.argument("pad", type=_NUMBER)
@click.option("--off", is_flag=True, help="Open it again.")
@AS_JSON
@click.pass_obj
def lock(house: House, pad: int, off: bool, as_json: bool) -> None:
    """Make PAD read-only for all but its admins."""
    house.run(lambda database: operating.lock(database, SystemClock(), PadId(pad), locked=not off))
    sentence = f"Pad {pad} is {'open again' if off else 'locked'}."
    said({"pad": pad, "locked": not off}, sentence, as_json=as_json)


@pads.command("delete")
@click.argument("pad", type=_NUMBER)
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_JSON
@click.pass_obj
def delete(house: House, pad: int, yes: bool, as_json: bool) -> None:
    """Delete PAD with its history for ever; only old backups still hold it."""
    if not yes:
        click.confirm(f"Delete pad {pad}?", abort=True, err=as_json)
    house.run(lambda database: operating.delete(database, SystemClock(), PadId(pad)))
    said({"pad": pad}, f"Pad {pad} is deleted.", as_json=as_json)


@pads.command("export")
@click.argument("pad", type=_NUMBER)
@click.option(
    "--format",
    "form",
    type=click.Choice(operating.FORMATS),
    default="md",
    show_default=True,
    help="Plain text, Markdown or a page.",
)
@click.option(
    "--to",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file that only you can read; nothing of the text is printed.",
)
@click.option("--language", default="en", show_default=True, help="Of the page.")
@AS_JSON
@click.pass_obj
def export(house: House, pad: int, form: str, file: Path, language: str, as_json: bool) -> None:
    """Write the text of PAD, as it was last saved, into a file for whoever asked for it.

    Where there are two operators, two agree first on the page Operating, Handing out; then it
    is typed once more.
    """
    pad_id = PadId(pad)

    async def work(database: Database) -> str:
        text = await operating.export(database, pad_id, form, language)
        await with_identity(database, lambda identity: identity.hand_out_pad(pad_id))
        return text

    if file.exists():
        raise click.ClickException(f"{file} is there already.")
    text = house.run(work)
    try:
        file.touch(_OURS, exist_ok=False)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already.") from None
    file.write_text(text, encoding="utf-8")
    sentence = f"{file} holds the text. Whoever has it can read it."
    said({"pad": pad, "file": str(file)}, sentence, as_json=as_json)


@pads.command("compact")
@click.argument("pad", type=_NUMBER, required=False)
@AS_JSON
@click.pass_obj
def compact(house: House, pad: int | None, as_json: bool) -> None:
    """Keep a new compacted state of PAD, or of all pads."""

    async def work(database: Database) -> int:
        asked = (
            [PadId(pad)]
            if pad is not None
            else [one.id for one in await operating.all_pads(database)]
        )
        return sum([await operating.compact(database, one) for one in asked])

    count = house.run(work)
    said({"compacted": count}, f"{count} compacted", as_json=as_json)


@pads.command("check")
@click.argument("pad", type=_NUMBER, required=False)
@AS_JSON
@click.pass_obj
def check(house: House, pad: int | None, as_json: bool) -> None:
    """Open every pad, compare state, rows and copies; exit code 1 if something does not fit."""

    async def work(database: Database) -> tuple[int, list[str]]:
        asked = (
            [PadId(pad)]
            if pad is not None
            else [one.id for one in await operating.all_pads(database)]
        )
        found = [
            f"pad {one}: {fault}"
            for one in asked
            for fault in await operating.faults(database, one)
        ]
        return len(asked), found

    count, found = house.run(work)
    sentences = [*found, f"{count} checked, {len(found)} faults"]
    said({"checked": count, "faults": found}, "\n".join(sentences), as_json=as_json)
    if found:
        sys.exit(1)


def line_of(pad: Pad) -> str:
    """Return a pad in one line, without anything that says what it is about."""
    lock = "  locked" if pad.locked else ""
    size = f"{pad.log_bytes:>10} bytes"
    return f"{pad.id:>8}  {place_of(pad):<12} {size}  {day_of(pad.edited_at, 'never')}{lock}"


def row_of(pad: Pad) -> dict[str, object]:
    """Return the same for a program."""
    return {
        "pad": pad.id,
        "place": place_of(pad),
        "bytes": pad.log_bytes,
        "edited": None if pad.edited_at is None else day_of(pad.edited_at, ""),
        "locked": pad.locked,
    }


def figures_of(found: operating.PadFigures) -> dict[str, object]:
    """Return what is known of one pad besides."""
    return {
        "kind": found.pad.kind,
        "history": found.pad.history,
        "rows": found.rows,
        "state_bytes": found.state_bytes,
        "state_at": found.pad.state_seq,
        "copies": found.copies,
        "named": found.named,
        "ends": None if found.pad.ends_at is None else day_of(found.pad.ends_at, ""),
    }


def place_of(pad: Pad) -> str:
    """Return where a pad belongs."""
    if pad.room_id is not None:
        return f"room {pad.room_id}"
    return "open" if pad.group_id is None else f"group {pad.group_id}"


def day_of(instant: object, otherwise: str) -> str:
    """Return the day of an instant."""
    return otherwise if instant is None else str(instant)[:10]
