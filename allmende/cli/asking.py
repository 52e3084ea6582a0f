"""How a command comes by a sealed key: from the running server, from a file, or by asking."""

import os
import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from allmende.app.lodge import Ask, Told
from allmende.core.errors import AllmendeError, InvalidInput
from allmende.storage.vault import HouseKeys, Sealed
from allmende.transports import control

FROM_FILE: Final = "ALLMENDE_PASSPHRASE_FILE"


def asked(data: Path, ask: Ask) -> Told | None:
    """Return what the server of ``data`` says; None if none runs there."""
    try:
        answer = control.ask(data, msgspec.json.encode(ask))
        return msgspec.json.decode(answer, type=Told)
    except (control.NobodyThere, msgspec.MsgspecError):
        return None


def keys_of_running(data: Path) -> HouseKeys | None:
    """Return the keys of an unlocked server. Raises Sealed if it runs and is locked."""
    told = asked(data, Ask("keys"))
    if told is None:
        return None
    if not told.database:
        raise Sealed("storage.server-locked")
    return HouseKeys(told.database, told.blobs)


def passphrase_for(file: Path) -> str:
    """Return the passphrase, from a file or typed. Raises Sealed where nobody can be asked."""
    given = os.environ.get(FROM_FILE, "")
    if given:
        return Path(given).read_text("utf-8").strip()
    if not sys.stdin.isatty():
        raise Sealed("storage.sealed", file=str(file))
    return str(click.prompt("Passphrase", hide_input=True, err=True))


def new_passphrase(proposal: str) -> str:
    """Return a passphrase to lock with: from the file, or typed twice."""
    given = os.environ.get(FROM_FILE, "")
    if given:
        return Path(given).read_text("utf-8").strip()
    if not sys.stdin.isatty():
        raise InvalidInput("storage.no-terminal")
    click.echo(f"A proposal that nobody guesses: {proposal}", err=True)
    typed = click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return str(typed)


def require_good(told: Told) -> None:
    """Raise what the server refused."""
    if told.refused:
        raise AllmendeError(told.refused)
