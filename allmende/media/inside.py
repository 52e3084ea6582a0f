"""A worker inside the main process, for development and tests (``media.workers = 0``).

The same control frames over the same socket pair, so nothing else differs.
"""

import asyncio
import socket

from allmende.media.control import CommandReader, Report, Start, frame
from allmende.media.rooms import Rooms
from allmende.media.webrtc import datachannel
from allmende.media.worker import MediaWorker

_READ_BYTES = 256 * 1024


async def work_inside(control: socket.socket) -> None:
    """Work until ``control`` closes or the task is cancelled."""
    reader, writer = await asyncio.open_unix_connection(sock=control)

    def report(said: Report) -> None:
        if not writer.is_closing():
            writer.write(frame(said))

    worker: MediaWorker | None = None
    commands = CommandReader()
    try:
        while data := await reader.read(_READ_BYTES):
            for command in commands.receive(data):
                if worker is not None:
                    worker.carry_out(command)
                elif isinstance(command, Start):
                    worker = MediaWorker(command, report, Rooms, datachannel.SctpLink)
                    await worker.open()
    finally:
        if worker is not None:
            await worker.close()
        writer.close()
