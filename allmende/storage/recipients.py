"""For whom backups are encrypted: keys in the configuration, and those of the data folder."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from allmende.core.errors import Conflict
from allmende.storage.age import new_identity, require_recipient
from allmende.storage.blobs import sync_folder

RECIPIENTS_NAME: Final = "backup-recipients"
"""File of the data folder: a line each, and lines of remarks that begin with ``#``."""


def recipients_of(data: Path, given: Sequence[str] = ()) -> Sequence[str]:
    """Return all recipients, ``given`` ones first. Raises InvalidInput for one that is none."""
    found = dict.fromkeys([*given, *_kept(data)])
    for text in found:
        require_recipient(text)
    return list(found)


def make_recipient(data: Path, given: Sequence[str] = (), *, another: bool = False) -> str:
    """Keep a new recipient and return its identity, which is kept nowhere.

    Raises Conflict ``storage.recipient-exists`` if there is one and not ``another`` is wanted.
    """
    if recipients_of(data, given) and not another:
        raise Conflict("storage.recipient-exists")
    identity, recipient = new_identity()
    _write(data / RECIPIENTS_NAME, [*_kept(data), recipient])
    return identity


def _kept(data: Path) -> Sequence[str]:
    try:
        lines = (data / RECIPIENTS_NAME).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _write(path: Path, recipients: Sequence[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    with open(unfinished, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in recipients)
        file.flush()
        os.fsync(file.fileno())
    unfinished.chmod(0o644)
    unfinished.rename(path)
    sync_folder(path.absolute().parent)
