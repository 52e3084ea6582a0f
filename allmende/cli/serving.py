"""``allmende serve``: everything, until somebody says stop."""

import asyncio
import logging
import resource
import signal
from typing import Final

import click
import segno
import uvloop

from allmende.app import House, house
from allmende.cli.operator import Operator
from allmende.config import Config
from allmende.core.clock import SystemClock
from allmende.transports.log import start_log
from allmende.transports.tls import CertificateRefused

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
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(config))
    except BaseExceptionGroup:
        _log.critical("a part of the house failed", exc_info=True)
        raise


async def run(config: Config) -> None:
    """Open the house, say where it is, close it at SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with house(config, SystemClock()) as opened:
        loop.add_signal_handler(signal.SIGHUP, reload, opened)
        click.echo("\n".join(greeting(opened)))
        await stop.wait()
        _log.info("stopping")


def greeting(opened: House) -> list[str]:
    """Return what the terminal shows: the address, and at the first start the invite."""
    lines = [f"Allmende is ready at {opened.url}"]
    if opened.fingerprint:
        lines += [
            f"The certificate is our own. Its authority: {opened.url}/authority.pem",
            f"SHA-256 {opened.fingerprint}",
        ]
    if opened.invite:
        lines += [
            "",
            "Nobody has an account here yet. This link makes the first one, for the operator:",
            opened.invite,
            "",
            terminal_qr(opened.invite),
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


def reload(opened: House) -> None:
    """Read the certificate again; a wrong one is refused in the log and the old one stays."""
    try:
        opened.reload_certificate()
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
