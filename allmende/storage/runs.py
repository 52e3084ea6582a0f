"""What became of the last backups: ``backups/state.json`` in the data folder."""

import os
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from allmende.storage.blobs import sync_folder

FOLDER: Final = "backups"
MOST: Final = 60
_NAME: Final = "state.json"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One backup. ``good``: it was restored and compared. ``undrilled``: nobody has tried.

    ``message_id`` says why it ``failed``. ``digest`` is the SHA-256 of the file.
    """

    at: datetime
    file: str
    result: Literal["good", "undrilled", "failed"]
    message_id: str = ""
    size_bytes: int = 0
    digest: str = ""
    tables: int = 0
    rows: int = 0
    blobs: int = 0
    took_s: float = 0.0
    drill_s: float = 0.0


class BackupState(msgspec.Struct, frozen=True, kw_only=True):
    """The last runs, the newest behind."""

    runs: list[Run]

    @property
    def last(self) -> Run | None:
        """The newest run, whatever became of it."""
        return self.runs[-1] if self.runs else None

    @property
    def last_good(self) -> Run | None:
        """The newest run that counts as a backup."""
        return next((run for run in reversed(self.runs) if run.result == "good"), None)


def last_runs(data: Path) -> BackupState | None:
    """Return what became of the last backups; None if none was ever tried, or nobody can say."""
    try:
        return msgspec.json.decode((data / FOLDER / _NAME).read_bytes(), type=BackupState)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def note_run(data: Path, run: Run) -> None:
    """Remember ``run``, and of earlier ones the last 60."""
    known = last_runs(data)
    state = BackupState(runs=[*(known.runs if known else []), run][-MOST:])
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f"{_NAME}.new"
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(folder / _NAME)
    sync_folder(folder)
