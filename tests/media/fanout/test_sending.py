"""sendmmsg by ctypes: what goes on, what ends."""

import ctypes
import errno
import socket

import numpy as np

from allmende.media.fanout.sending import Messages, Sendmmsg, system_sendmmsg

HERE = ("127.0.0.1", 9)


def scripted(*answers: int) -> tuple[Sendmmsg, list[int]]:
    """Return a sendmmsg that says these in turn (negative: an errno), and how many it was asked."""
    left, asked = list(answers), []

    def sendmmsg(fd: int, at: int, count: int, flags: int) -> int:
        asked.append(count)
        answer = left.pop(0)
        if answer < 0:
            ctypes.set_errno(-answer)
            return -1
        return answer

    return sendmmsg, asked


def send(sendmmsg: Sendmmsg, count: int) -> tuple[int, bool]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        rows = np.zeros((count, 10), np.uint8)
        return Messages(sendmmsg, bound, [(HERE, b"")] * count, rows).send(0, count, 10)


def test_a_part_is_followed_by_the_rest() -> None:
    sendmmsg, asked = scripted(3, 4, 3)
    assert send(sendmmsg, 10) == (10, False)
    assert asked == [10, 7, 3]


def test_one_that_fails_is_left_out() -> None:
    sendmmsg, asked = scripted(3, -errno.ENETUNREACH, 6)
    assert send(sendmmsg, 10) == (9, False)
    assert asked == [10, 7, 6]


def test_an_interrupted_call_is_made_again() -> None:
    sendmmsg, asked = scripted(-errno.EINTR, 10)
    assert send(sendmmsg, 10) == (10, False)
    assert asked == [10, 10]


def test_a_full_buffer_ends_it() -> None:
    for problem in (errno.EAGAIN, errno.ENOBUFS, errno.EBADF):
        sendmmsg, asked = scripted(3, -problem)
        assert send(sendmmsg, 10) == (3, True)
        assert asked == [10, 7]


def test_rows_go_to_their_receivers_also_from_the_middle() -> None:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(5)]
    for bound in sockets:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5)
    routes = [(bound.getsockname(), b"") for bound in sockets]
    rows = np.frombuffer(b"one!two!thr!fou!five", np.uint8).reshape(5, 4)
    messages = Messages(system_sendmmsg(), sockets[0], routes, rows)
    assert messages.send(1, 4, 4) == (3, False)
    assert [bound.recv(10) for bound in sockets[1:4]] == [b"two!", b"thr!", b"fou!"]
    for bound in sockets:
        bound.close()
