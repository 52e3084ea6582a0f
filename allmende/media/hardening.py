"""What a media worker gives up after its start: it cannot record (spec meet, 3)."""

import ctypes
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4  # linux/prctl.h
_PR_SET_NO_NEW_PRIVS: Final = 38


class HardeningFailed(OSError):
    """The kernel did not take a limit: the worker must not run."""


def raise_open_files() -> int:
    """Allow as many open files as the system lets us; return that number."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def harden() -> None:
    """No file grows, no core is dumped, nobody may trace us, no privileges come back.

    Sockets and pipes work on; writing to a file fails with EFBIG. Raises HardeningFailed.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise HardeningFailed(ctypes.get_errno(), f"prctl {option}")
