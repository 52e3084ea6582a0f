"""The media worker as a process: ``python -m allmende.media.process FD``.

FD is the connected control socket (`control`). The first command must be Start. Everything
that the worker has to say, its log included, goes through that socket; when it closes, the
worker ends. After its start it cannot write a file (`hardening`).
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Final

import msgspec
import uvloop

from allmende.media.control import (
    Command,
    CommandReader,
    ControlFrameTooLarge,
    LogLine,
    Refused,
    Report,
    Start,
    frame,
)
from allmende.media.fanout.interface import FanoutMissing
from allmende.media.hardening import harden, raise_open_files
from allmende.media.rooms import Rooms
from allmende.media.webrtc import datachannel
from allmende.media.worker import MediaWorker

_READ_BYTES: Final = 256 * 1024
# The main process does not read any more: it will start another worker.
_MAX_UNREAD_BYTES: Final = 8 * 1024 * 1024
_LAST_WORDS_S: Final = 0.5
_WRONG_START, _PORT_TAKEN, _WRONG_FRAME, _NO_FANOUT = 2, 3, 4, 5


class _ToMain(logging.Handler):
    """The line to the main process; also where warnings of libraries end."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(logging.WARNING)
        self._writer = writer

    def report(self, report: Report) -> None:
        """Write one report; give up if nobody reads."""
        transport = self._writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > _MAX_UNREAD_BYTES:
            transport.abort()
            return
        transport.write(frame(report))

    def emit(self, record: logging.LogRecord) -> None:
        """Tell who warned and of what kind; the text may hold an address, so it stays here."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        text = f"{record.name}:{record.funcName} {kind}".strip()
        self.report(LogLine(level=record.levelname.lower(), text=text))


async def _commands(reader: asyncio.StreamReader) -> AsyncIterator[Command]:
    """Yield commands until the socket closes. Raises ControlFrameTooLarge, msgspec errors."""
    commands = CommandReader()
    while True:
        try:
            data = await reader.read(_READ_BYTES)
        except ConnectionError:
            return
        if not data:
            return
        for command in commands.receive(data):
            yield command


async def run(control: socket.socket) -> int:
    """Work until the control socket closes; return the exit code."""
    reader, writer = await asyncio.open_unix_connection(sock=control)
    to_main = _ToMain(writer)
    logging.getLogger().addHandler(to_main)
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await _work(reader, to_main)
    except (ControlFrameTooLarge, msgspec.MsgspecError):
        return _WRONG_FRAME
    except asyncio.CancelledError:
        return 0
    finally:
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await writer.wait_closed()


async def _work(reader: asyncio.StreamReader, to_main: _ToMain) -> int:
    commands = _commands(reader)
    start = await anext(commands, None)
    if not isinstance(start, Start):
        return _WRONG_START
    raise_open_files()
    has_data = await datachannel.self_test()
    open_data = datachannel.SctpLink if has_data else None
    worker = MediaWorker(start, to_main.report, Rooms, open_data)
    try:
        await worker.open()
    except OSError as problem:
        to_main.report(Refused(id=start.id, why=f"port: {problem.strerror}"))
        return _PORT_TAKEN
    except FanoutMissing as missing:
        to_main.report(Refused(id=start.id, why=f"fanout: {missing}"))
        return _NO_FANOUT
    # What lives since the start is never garbage: the collector need not walk it.
    gc.collect()
    gc.freeze()
    try:
        harden()
        async for command in commands:
            worker.carry_out(command)
    finally:
        await worker.close()
    return 0


def main() -> None:
    """Entry point."""
    # Control-C in a terminal reaches the whole group; the main process says when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        sys.exit(uvloop.run(run(control)))


if __name__ == "__main__":
    main()
