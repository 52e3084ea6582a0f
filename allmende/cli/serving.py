"""``allmende serve``: everything, until somebody says stop."""

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
import threading
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import uvloop

from allmende.app import House, opened
from allmende.app.ground import Ground
from allmende.app.kit import kit_of
from allmende.app.lodge import Lodge
from allmende.app.sealed import PATH as UNLOCK
from allmende.app.sealed import sealed_app
from allmende.app.threshold import Threshold, threshold
from allmende.cli.operator import Operator
from allmende.config import Config
from allmende.core.clock import SystemClock
from allmende.core.late import Late
from allmende.storage.backup import keep_config
from allmende.storage.vault import key_path
from allmende.transports.control import listening
from allmende.transports.log import start_log
from allmende.transports.tasks import task_group
from allmende.transports.tls import CertificateRefused

if TYPE_CHECKING:
    import segno
else:
    segno = Late("segno")

CLOSED_WITHIN_S: Final = 1.5
"""Then the house is locked whether or not everything has closed in order."""

_STOPS: Final = (signal.SIGTERM, signal.SIGINT)
_FILES: Final = 65536
_log: Final = logging.getLogger("allmende.house")


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), help="TCP port of the pages; 0: any.")
@click.pass_obj
def serve(operator: Operator, port: int | None) -> None:
    """Serve until SIGTERM. Without a file: this machine only, at http://localhost:8080."""
    config = operator.config(**{"web.port": port})
    start_log()
    raise_file_limit()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the keys
    file = operator.config_file()
    if file is not None:
        keep_config(Path(config.data), file)
    stop = asyncio.Event()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            ended = runner.run(run(config, stop))
    except BaseExceptionGroup:
        _log.critical("a part of the house failed", exc_info=True)
        raise
    if ended is End.LOCKED:
        start_again(stop)


class End(Enum):
    """Why the house closed."""

    STOPPED = auto()
    LOCKED = auto()


async def run(config: Config, stop: asyncio.Event) -> End:
    """Open the house, say where it is, close it at SIGTERM, at SIGINT, or to lock it."""
    loop = asyncio.get_running_loop()
    for number in _STOPS:
        loop.add_signal_handler(number, stop.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)  # see start_again
    async with threshold(config, SystemClock()) as place:
        loop.add_signal_handler(signal.SIGHUP, reload, place)
        ground = place.ground
        file = key_path(ground.data, config.key_file)
        first = not file.exists()
        lodge = Lodge(file, ground.data, config.key_mode)
        await lodge.look()
        async with listening(ground.data, lodge.answer):
            if lodge.state == "locked":
                secure = ground.places.secure
                place.door.open(sealed_app(kit_of(ground), lodge, ground.clock, secure=secure))
                click.echo("\n".join(locked_greeting(ground)))
                if await first_of(lodge.handed_in, stop) is stop:
                    return End.STOPPED
                place.door.close()
            return await _served(place, lodge, stop, first=first)


async def _served(place: Threshold, lodge: Lodge, stop: asyncio.Event, *, first: bool) -> End:
    async with opened(place, lodge.keys) as open_house:
        lodge.ready.set()
        key = key_sentences(place.ground) if first else []
        click.echo("\n".join([*greeting(open_house), *key]))
        keep_what_is_there()
        if await first_of(lodge.locking, stop) is stop:
            _log.info("stopping")
            return End.STOPPED
        _log.info("locking")
        hold_stops(stop)
        threading.Timer(CLOSED_WITHIN_S, start_again, (stop,)).start()
    return End.LOCKED


def keep_what_is_there() -> None:
    """What lives since the start is never garbage: the collector need not walk it."""
    gc.collect()
    gc.freeze()


async def first_of(*events: asyncio.Event) -> asyncio.Event:
    """Return the first of ``events`` that happens."""
    async with task_group() as group:
        tasks = {group.create_task(event.wait()): event for event in events}
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
    return tasks[done.pop()]


def hold_stops(stop: asyncio.Event) -> None:
    """Lose no signal between this program and the next: what comes now, the kernel keeps for that.

    A thread that began earlier still takes one; then ``stop`` is set, without the event loop.
    """
    loop = asyncio.get_running_loop()
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    for number in _STOPS:
        loop.remove_signal_handler(number)
        signal.signal(number, lambda *_: stop.set())


def start_again(stop: asyncio.Event) -> None:
    """Become the same command anew: nothing that was in memory is left, keys least of all.

    The number of the process stays. Whatever was committed is on the disk, as after ``kill -9``.
    Who was told to stop meanwhile ends instead; a signal that waits is kept by the kernel.
    """
    sys.stdout.flush()
    if stop.is_set():
        os._exit(0)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def locked_greeting(ground: Ground) -> list[str]:
    """Return what the terminal shows while the house is locked."""
    return [
        f"Allmende is locked. Unlock it at {ground.address(UNLOCK)} or with:",
        f"allmende unlock --data {ground.data}",
    ]


def key_sentences(ground: Ground) -> list[str]:
    """Return, for the first start, what the key on this disk protects and what it does not."""
    if ground.config.database.url:
        return [
            "",
            "PostgreSQL is not encrypted by Allmende: keep its files on an encrypted volume.",
        ]
    return [
        "",
        f"The data is encrypted; its key lies in {key_path(ground.data, ground.config.key_file)}."
        " That protects backups and thrown-away disks, not a machine that is taken with its disk.",
        "To protect a machine that is switched off, lock the key with a passphrase that somebody"
        " types after each start: allmende key seal",
    ]


def greeting(open_house: House) -> list[str]:
    """Return what the terminal shows: the address, and at the first start the invite."""
    lines = [f"Allmende is ready at {open_house.url}"]
    if open_house.fingerprint:
        lines += [
            f"The certificate is our own. Its authority: {open_house.url}/authority.pem",
            f"SHA-256 {open_house.fingerprint}",
        ]
    if open_house.invite:
        lines += [
            "",
            "Nobody has an account here yet. This link makes the first one, for the operator:",
            open_house.invite,
            "",
            terminal_qr(open_house.invite),
        ]
    return lines


def terminal_qr(text: str) -> str:
    """Return a QR code in characters, light on dark, two modules a line."""
    rows = [list(row) for row in segno.make(text, error="m").matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(blocks[bool(above), bool(below)] for above, below in zip(*pair, strict=True))
        for pair in pairs
    )


def reload(place: Threshold | House) -> None:
    """Read the certificate again; a wrong one is refused in the log and the old one stays."""
    try:
        place.reload_certificate()
    except CertificateRefused as refused:
        _log.error("certificate not changed: %s", refused)
    else:
        _log.info("certificate read again")


def raise_file_limit() -> None:
    """Allow as many connections as the machine lets us, up to 65,536."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
