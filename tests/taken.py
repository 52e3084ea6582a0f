"""What a server keeps, as those see it who have the key to its backups."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage

from bench.served import Served


def allmende(server: Served, *arguments: str) -> str:
    """Run a command beside the server and return what it printed."""
    config = str(server.data.parent / "allmende.toml")
    command = [sys.executable, "-m", "allmende", *arguments, "--data", str(server.data)]
    done = subprocess.run(
        [*command, "--config", config], capture_output=True, text=True, check=True
    )
    return done.stdout


def backup_of(server: Served, folder: Path) -> str:
    """Make a backup in the new ``folder``; return the key that opens it."""
    folder.mkdir()
    printed = allmende(server, "backup", "key")
    allmende(server, "backup", "make", str(folder))
    return str(re.findall(r"AGE-SECRET-KEY-[A-Z0-9]+", printed)[0])


def opened(backup: Path, identity: str, folder: Path) -> Path:
    """Return the new ``folder`` with everything that the backup holds."""
    folder.mkdir()
    key = pyrage.x25519.Identity.from_str(identity)
    plain = folder / "plain.tar"
    plain.write_bytes(pyrage.decrypt(backup.read_bytes(), [key]))
    with tarfile.open(plain) as archive:
        archive.extractall(folder / "all", filter="data")
    plain.unlink()
    return folder / "all"
