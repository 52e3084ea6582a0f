"""sendmmsg for those who have no C of ours: Linux' call by ctypes, its arguments built once."""

import ctypes
import errno
import socket
import struct
from collections.abc import Callable, Sequence
from ctypes import c_int, c_size_t, c_uint, c_uint32, c_void_p
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from allmende.media.fanout.addresses import Remote, sending_from, sockaddr
from allmende.media.fanout.interface import FanoutMissing

_FULL: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.EBADF})
_CMSGHDR: Final = struct.Struct("@Nii")  # size with this head, level, type

Sendmmsg = Callable[[int, int, int, int], int]
"""Descriptor, address of the messages, how many, flags; -1 and errno where none went out."""


class _Msghdr(ctypes.Structure):
    """struct msghdr of sys/socket.h."""

    _fields_ = (
        ("name", c_void_p),
        ("name_bytes", c_uint32),
        ("contents", c_void_p),
        ("contents_count", c_size_t),
        ("control", c_void_p),
        ("control_bytes", c_size_t),
        ("flags", c_int),
    )


class _Mmsghdr(ctypes.Structure):
    """struct mmsghdr of sys/socket.h."""

    _fields_ = (("header", _Msghdr), ("sent_bytes", c_uint))


def system_sendmmsg() -> Sendmmsg:
    """Return the C library's sendmmsg. Raises FanoutMissing where there is none."""
    try:
        function = ctypes.CDLL(None, use_errno=True).sendmmsg
    except (OSError, AttributeError) as problem:
        raise FanoutMissing("this system has no sendmmsg") from problem
    function.argtypes, function.restype = (c_int, c_void_p, c_uint, c_int), c_int
    return cast(Sendmmsg, function)


class Messages:
    """The arguments of sendmmsg for many receivers, in their order."""

    def __init__(
        self,
        sendmmsg: Sendmmsg,
        bound: socket.socket,
        routes: Sequence[tuple[Remote, bytes]],
        rows: NDArray[np.uint8],
    ) -> None:
        """``routes``: remote address and PKTINFO of each; ``rows``: where its datagrams lie."""
        self._sendmmsg = sendmmsg
        self._fd = bound.fileno()
        self._contents = np.zeros((max(1, len(routes)), 2), np.uint64)  # struct iovec: at, size
        self._messages = (_Mmsghdr * len(routes))()
        self._at = ctypes.addressof(self._messages)
        self._kept: list[object] = []  # what the kernel is pointed at
        self._rows = rows
        self._contents[: len(routes), 0] = rows.ctypes.data + rows.strides[0] * np.arange(
            len(routes), dtype=np.uint64
        )
        contents_at = self._contents.ctypes.data
        for index, (remote, local) in enumerate(routes):
            header = self._messages[index].header
            header.name, header.name_bytes = self._keep(sockaddr(bound.family, remote))
            header.contents, header.contents_count = contents_at + 16 * index, 1
            ancillary = sending_from(local)
            if ancillary is not None:
                header.control, header.control_bytes = self._keep(_control(*ancillary))

    def _keep(self, value: bytes) -> tuple[int, int]:
        buffer = ctypes.create_string_buffer(value, len(value))
        self._kept.append(buffer)
        return ctypes.addressof(buffer), len(value)

    def send(self, first: int, end: int, size: int) -> tuple[int, bool]:
        """Send as many bytes of its row to each receiver from ``first`` on.

        Return how many went out, and whether the kernel's buffer is full, or the socket closed:
        then the rest is left.
        """
        count = end - first
        self._contents[first:end, 1] = size
        sent, done = 0, 0
        while done < count:
            at = self._at + (first + done) * ctypes.sizeof(_Mmsghdr)
            went = self._sendmmsg(self._fd, at, count - done, socket.MSG_DONTWAIT)
            if went > 0:
                done += went
                sent += went
                continue
            problem = ctypes.get_errno()
            if problem in _FULL:
                return sent, True
            if problem != errno.EINTR:
                done += 1
        return sent, False


def _control(level: int, kind: int, value: bytes) -> bytes:
    """Return a control message: struct cmsghdr and its value, padded as CMSG_SPACE says."""
    head = _CMSGHDR.pack(socket.CMSG_LEN(len(value)), level, kind)
    return (head + value).ljust(socket.CMSG_SPACE(len(value)), b"\0")
