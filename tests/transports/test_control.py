"""How a command talks to the server of a folder."""

import asyncio
import os
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from allmende.transports.control import MAX_LINE_BYTES, NAME, NobodyThere, ask, listening


async def shout(line: bytes) -> bytes:
    return line.upper()


def asked(data: Path, line: bytes) -> bytes:
    async def story() -> bytes:
        async with listening(data, shout):
            return await asyncio.to_thread(ask, data, line)

    return asyncio.run(story())


def test_a_line_there_and_a_line_back(tmp_path: Path) -> None:
    assert asked(tmp_path, b"hello") == b"HELLO"
    assert asked(tmp_path, b"") == b""


def test_a_folder_may_lie_deeper_than_a_socket_has_room_for(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)
    deep.mkdir(parents=True)
    assert asked(deep, b"hello") == b"HELLO"


def test_nobody_else_may_ask_and_nothing_stays_behind(tmp_path: Path) -> None:
    async def story() -> int:
        async with listening(tmp_path, shout):
            return (tmp_path / NAME).stat().st_mode

    mode = asyncio.run(story())
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert list(tmp_path.iterdir()) == []


def test_without_a_server_there_is_nobody(tmp_path: Path) -> None:
    with pytest.raises(NobodyThere):
        ask(tmp_path, b"hello")
    with pytest.raises(NobodyThere):
        ask(tmp_path / "nowhere", b"hello")


def test_what_a_killed_server_left_behind_is_nobody_and_no_hindrance(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as left:
        handle = os.open(tmp_path, os.O_RDONLY)
        left.bind(f"/proc/self/fd/{handle}/{NAME}")
        os.close(handle)
    with pytest.raises(NobodyThere):
        ask(tmp_path, b"hello")
    assert asked(tmp_path, b"hello") == b"HELLO"


def test_a_line_without_end_is_not_answered(tmp_path: Path) -> None:
    with pytest.raises(NobodyThere):
        asked(tmp_path, b"x" * (2 * MAX_LINE_BYTES))


def test_a_server_that_goes_instead_of_answering_is_nobody(tmp_path: Path) -> None:
    async def story() -> None:
        reached = asyncio.Event()

        async def silent(_: bytes) -> bytes:
            reached.set()
            raise ConnectionResetError

        async with listening(tmp_path, silent):
            with pytest.raises(NobodyThere):
                await asyncio.to_thread(ask, tmp_path, b"hello")
            assert reached.is_set()

    asyncio.run(story())
