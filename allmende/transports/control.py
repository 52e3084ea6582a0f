"""A Unix socket in the data folder: how a command talks to the server that runs there.

One line of JSON there, one line back. The folder belongs to the account of the server alone, and
who connects must be that account, or root (``SO_PEERCRED``).
"""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

NAME: Final = "control"
MAX_LINE_BYTES: Final = 16 * 1024
_ANSWER_S: Final = 30.0
_LINE_S: Final = 5.0
_BACKLOG: Final = 8
_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid

Answer = Callable[[bytes], Awaitable[bytes]]


class NobodyThere(Exception):
    """No server listens in this folder."""


@asynccontextmanager
async def listening(data: Path, answer: Answer) -> AsyncIterator[None]:
    """Answer the lines that come to ``data/control`` while the body runs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _is_ours(writer.get_extra_info("socket")):
                async with asyncio.timeout(_LINE_S):
                    line = await reader.readline()
                writer.write(await answer(line) + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # who asked has gone, or said too much
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, sock=_bound(data), limit=MAX_LINE_BYTES)
    try:
        yield
    finally:
        server.close()
        with suppress(FileNotFoundError):
            (data / NAME).unlink()


def ask(data: Path, line: bytes, *, within_s: float = _ANSWER_S) -> bytes:
    """Send ``line`` to the server of ``data`` and return its answer. Blocks.

    Raises NobodyThere.
    """
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as sock:
        sock.settimeout(within_s)
        try:
            with _short(data) as path:
                sock.connect(path)
            sock.sendall(line + b"\n")
            with sock.makefile("rb") as answers:
                answer = answers.readline(MAX_LINE_BYTES)
        except OSError as failure:
            raise NobodyThere(str(data)) from failure
    if not answer.endswith(b"\n"):
        raise NobodyThere(str(data))
    return answer.removesuffix(b"\n")


def _bound(data: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        (data / NAME).unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(data) as path:
            sock.bind(path)
        (data / NAME).chmod(0o600)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def _short(data: Path) -> Iterator[str]:
    """Give a path of the socket that fits: the kernel takes at most 107 bytes."""
    handle = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{NAME}"
    finally:
        os.close(handle)


def _is_ours(sock: socket.socket) -> bool:
    found = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(found)
    return uid in (0, os.geteuid())
