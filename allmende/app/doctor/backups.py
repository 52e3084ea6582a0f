"""Copies: made, tried out, somewhere else, and their key not here."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from allmende.app.doctor.situation import Situation
from allmende.core.errors import AllmendeError
from allmende.core.findings import Finding, broken, good, warning
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.recipients import recipients_of
from allmende.storage.runs import FOLDER, last_runs

_NEWEST: Final = timedelta(hours=26)
_DRILLED: Final = timedelta(hours=48)
_HOUR_S: Final = 3600
_IDENTITY: Final = b"AGE-SECRET-KEY-1"
_KEY_FILE_BYTES: Final = 64 * 1024


def recipients(here: Situation) -> Finding:
    """There is a key for which backups are encrypted, and they are made every night."""
    name = "backup.recipients"
    try:
        known = recipients_of(here.data, here.config.backup.recipients)
    except (AllmendeError, OSError):
        return broken(name, "check.recipients-broken", "check.recipients-broken-remedy")
    if not known:
        return warning(name, "check.recipients-none", "check.recipients-remedy")
    if not here.config.backup.nightly:
        return warning(name, "check.backup-off", "check.backup-off-remedy")
    return good(name, "check.recipients-good", n=len(known))


def newest(here: Situation) -> Finding:
    """The newest backup is of last night."""
    name, state = "backup.newest", last_runs(here.data)
    runs = [run for run in state.runs if run.result != "failed"] if state else []
    if not runs:
        if not (here.data / SQLITE_NAME).exists():
            return good(name, "check.backup-early")
        return warning(name, "check.backup-none", "check.backup-remedy")
    age = here.clock.now() - runs[-1].at
    values = {"hours": round(age.total_seconds() / _HOUR_S)}
    if age > _NEWEST:
        return broken(name, "check.backup-old", "check.backup-remedy", **values)
    return good(name, "check.backup-good", **values)


def drill(here: Situation) -> Finding:
    """A backup counts only after it has been restored and compared."""
    name, state = "backup.drill", last_runs(here.data)
    if state is None or state.last is None:
        return good(name, "check.backup-early")
    if state.last.result == "failed":
        return broken(name, "check.drill-failed", "check.drill-remedy")
    last = state.last_good
    if last is None:
        return warning(name, "check.drill-none", "check.drill-remedy")
    age = here.clock.now() - last.at
    values = {"hours": round(age.total_seconds() / _HOUR_S)}
    if age > _DRILLED:
        return broken(name, "check.drill-old", "check.drill-remedy", **values)
    return good(name, "check.drill-good", **values)


def place(here: Situation) -> Finding:
    """A copy on the same disk dies with it."""
    name, folder = "backup.place", _folder(here)
    if not folder.exists() or not here.data.exists():
        return good(name, "check.backup-early")
    if folder.stat().st_dev == here.data.stat().st_dev:
        return warning(name, "check.place-same", "check.place-remedy", folder=str(folder))
    return good(name, "check.place-good", folder=str(folder))


def key(here: Situation) -> Finding:
    """A backup with its key beside it is a plain copy."""
    for path in _candidates(here):
        try:
            if path.stat().st_size <= _KEY_FILE_BYTES and _IDENTITY in path.read_bytes():
                return broken(
                    "backup.key", "check.backup-key", "check.backup-key-remedy", path=str(path)
                )
        except OSError:
            continue
    return good("backup.key", "check.backup-key-good")


def _folder(here: Situation) -> Path:
    given = here.config.backup.folder
    return Path(given) if given else here.data / FOLDER


def _candidates(here: Situation) -> list[Path]:
    """Where people leave such files: beside the data, the backups, the configuration.

    The database and the files beside it are left alone: closing one of them would drop the locks
    of the server on it (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    folders = {here.data, _folder(here), here.root / "etc/allmende", Path.home()}
    return [path for folder in folders if folder.is_dir() for path in folder.glob("*")
            if path.is_file() and path.suffix not in (".db", ".age")
            and not path.resolve().name.startswith(SQLITE_NAME)]  # fmt: skip
