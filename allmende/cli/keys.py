"""``allmende unlock``, ``lock`` and ``key``: who can read the data, and when."""

import secrets
from pathlib import Path
from typing import Final

import click

from allmende.app.lodge import Ask
from allmende.cli.asking import asked, new_passphrase, passphrase_for, require_good
from allmende.cli.operator import Operator
from allmende.core.errors import InvalidInput, NotFound
from allmende.identity.cli import AS_JSON, said
from allmende.identity.model import passwords
from allmende.identity.model.words import read_list
from allmende.storage import vault
from allmende.transports.running import find_running

MIN_CHARS: Final = 16
MIN_SCORE: Final = 4
PROPOSED_WORDS: Final = 6


@click.command("unlock")
@AS_JSON
@click.pass_obj
def unlock(operator: Operator, as_json: bool) -> None:
    """Open the running server with the passphrase; it stays open until it is locked or ends."""
    data, file = _places(operator)
    told = asked(data, Ask("state"))
    if told is None:
        raise NotFound("storage.not-running", folder=str(data))
    if told.state == "locked":
        told = asked(data, Ask("unlock", passphrase_for(file)))
    if told is None:
        raise NotFound("storage.not-running", folder=str(data))
    require_good(told)
    said({"server": "unlocked"}, "The server is unlocked.", as_json=as_json)


@click.command("lock")
@AS_JSON
@click.pass_obj
def lock(operator: Operator, as_json: bool) -> None:
    """Close everything within 2 s and forget the keys; the server waits for ``unlock``."""
    data, _ = _places(operator)
    if find_running(data) is None:
        raise NotFound("storage.not-running", folder=str(data))
    refused = asked(data, Ask("lock"))
    if refused is not None:
        require_good(refused)
    sentence = "The server is locked and has forgotten its keys. Open it with: allmende unlock"
    said({"server": "locked"}, sentence, as_json=as_json)


@click.group("key")
def key() -> None:
    """The key of the house: who can read the data of a machine that is switched off."""


@key.command("state")
@AS_JSON
@click.pass_obj
def state(operator: Operator, as_json: bool) -> None:
    """Say where the key lies, whether under a passphrase, and how the server is."""
    data, file = _places(operator)
    mode = vault.mode_of(file)
    told = asked(data, Ask("state"))
    words = {
        None: "There is no key yet; the first start makes it.",
        "key-file": f"The key lies open in {file}.",
        "sealed": f"The key lies in {file}, under a passphrase.",
    }
    server = f"The server is {told.state}." if told else "The server does not run."
    values = {"mode": mode, "file": str(file), "server": told.state if told else None}
    said(values, f"{words[mode]}\n{server}", as_json=as_json)


@key.command("seal")
@AS_JSON
@click.pass_obj
def seal(operator: Operator, as_json: bool) -> None:
    """Put the key under a passphrase, or under another one: somebody types it after each start."""
    data, file = _places(operator)
    mode = vault.mode_of(file)
    known = passphrase_for(file) if mode == "sealed" else None
    passphrase = new_passphrase(proposal())
    require_strong(passphrase)
    if mode is None:
        vault.require_nothing_locked(file, data)
        vault.make_key(file, mode="sealed", passphrase=passphrase)
    else:
        vault.seal(file, passphrase, known=known)
    said(
        {"mode": "sealed", "file": str(file)},
        f"The key in {file} is under the passphrase now. Without it nobody can ever read the data:"
        " write it on paper and keep it away from the machine.",
        as_json=as_json,
    )


@key.command("open")
@AS_JSON
@click.pass_obj
def open_key(operator: Operator, as_json: bool) -> None:
    """Let the key lie open again, so that the server starts without anybody."""
    _, file = _places(operator)
    mode = vault.mode_of(file)
    if mode is None:
        raise NotFound("storage.no-key", file=str(file))
    if mode == "sealed":
        vault.unseal(file, passphrase_for(file))
    sentence = f"The key lies open in {file}. Set key_mode to key-file if allmende.toml has it."
    said({"mode": "key-file", "file": str(file)}, sentence, as_json=as_json)


def proposal() -> str:
    """Return six random words, 66 bit."""
    words = read_list("en").words
    return " ".join(secrets.choice(words) for _ in range(PROPOSED_WORDS))


def require_strong(passphrase: str) -> None:
    """Raise InvalidInput ``storage.weak-passphrase``: whoever has the disk may try for years."""
    try:
        passwords.require_good(passphrase, "allmende", min_score=MIN_SCORE)
    except InvalidInput as weak:
        raise InvalidInput("storage.weak-passphrase") from weak
    if len(passphrase) < MIN_CHARS:
        raise InvalidInput("storage.weak-passphrase")


def _places(operator: Operator) -> tuple[Path, Path]:
    config = operator.config()
    data = Path(config.data)
    return data, vault.key_path(data, config.key_file)
