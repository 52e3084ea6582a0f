"""The shared library of the C files beside this one, as tools/native.sh builds it."""

import ctypes
from ctypes import (
    c_char_p,
    c_double,
    c_int,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path
from typing import Final

from allmende.media.fanout.addresses import sending_from, sockaddr
from allmende.media.fanout.interface import FanoutMissing

LIBRARY: Final = Path(__file__).parent / "libfanout.so"
VERSION: Final = 2


class Route(ctypes.Structure):
    """struct route of `_fanout.h`."""

    _fields_ = (
        ("address", c_uint8 * 28),
        ("pktinfo", c_uint8 * 20),
        ("address_bytes", c_uint32),
        ("pktinfo_bytes", c_uint32),
    )

    def aim(
        self, family: int, remote: tuple[str, int] | tuple[str, int, int, int], local: bytes
    ) -> None:
        """Lead to ``remote`` from the address of ours in ``local``."""
        address = sockaddr(family, remote)
        ancillary = sending_from(local)
        pktinfo = ancillary[2] if ancillary is not None else b""
        ctypes.memmove(self.address, address, len(address))
        ctypes.memmove(self.pktinfo, pktinfo, len(pktinfo))
        self.address_bytes, self.pktinfo_bytes = len(address), len(pktinfo)


_FUNCTIONS: Final = {
    "fanout_version": (c_uint32, ()),
    "fanout_crypt_new": (c_void_p, (c_char_p, c_char_p, c_char_p)),
    "fanout_crypt_free": (None, (c_void_p,)),
    "fanout_crypt_state": (None, (c_void_p, c_void_p, c_void_p)),
    "fanout_crypt_resync": (None, (c_void_p, c_char_p)),
    "fanout_seal": (c_int, (c_void_p, c_char_p, c_size_t, c_void_p)),
    "fanout_open": (c_int, (c_void_p, c_char_p, c_size_t, c_void_p)),
    "fanout_group_new": (c_void_p, (c_int,)),
    "fanout_group_free": (None, (c_void_p,)),
    "fanout_group_set": (c_int, (c_void_p, c_void_p, c_size_t)),
    "fanout_group_dropped": (c_uint64, (c_void_p,)),
    "fanout_group_send": (c_int, (c_void_p, c_char_p, c_void_p, c_uint32, c_void_p)),
    "fanout_express": (c_int, (c_int, c_void_p, c_uint32, c_int64, c_double)),
    "fanout_store_new": (c_void_p, ()),
    "fanout_store_free": (None, (c_void_p,)),
    "fanout_store_second": (c_int, (c_void_p,)),
    "fanout_queue_new": (c_void_p, (c_int,)),
    "fanout_queue_free": (None, (c_void_p,)),
    "fanout_queue_flush": (c_uint64, (c_void_p,)),
    "fanout_queue_dropped": (c_uint64, (c_void_p,)),
    "fanout_srtp_new": (c_void_p, (c_char_p, c_char_p, c_void_p)),
    "fanout_srtp_free": (None, (c_void_p,)),
    "fanout_srtp_route": (None, (c_void_p, c_void_p, c_void_p)),
    "fanout_stream_new": (
        c_void_p,
        (c_void_p, c_char_p, c_uint32, c_uint32, c_uint32, c_char_p, c_uint32),
    ),
    "fanout_stream_free": (None, (c_void_p,)),
    "fanout_stream_lane": (c_void_p, (c_void_p,)),
    "fanout_stream_emit": (
        c_int,
        (c_void_p, c_uint32, c_int64, c_uint32, c_uint32, c_char_p, c_uint32, c_void_p),
    ),
    "fanout_stream_repeat": (c_int, (c_void_p, c_uint32, c_void_p)),
    "fanout_stream_second": (None, (c_void_p,)),
    "fanout_forward": (c_uint32, (c_void_p, c_uint32, c_char_p, c_char_p, c_void_p)),
}


def load(path: Path = LIBRARY, version: int = VERSION) -> ctypes.CDLL:
    """Return the library. Raises FanoutMissing if it or its libcrypto is not there."""
    if not path.is_file():
        raise FanoutMissing("it is not built: make native")
    try:
        library = ctypes.CDLL(str(path))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as problem:
        raise FanoutMissing(f"it does not load: {type(problem).__name__}") from problem
    if library.fanout_version() != version:
        raise FanoutMissing("it is of another version: make native")
    return library
