"""The child itself: ``python -m allmende.transports.child.process MODULE``.

Reads the payload from standard input until its end, writes the result to standard output and
ends. Before it reads, it lets go of everything that a flaw in a format's reader could use.
"""

import ctypes
import importlib
import resource
import sys
from typing import Final

MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_S: Final = 20
MAX_RESULT_BYTES: Final = 64 * 1024 * 1024
_PR_SET_DUMPABLE: Final = 4  # linux/prctl.h
_PR_SET_NO_NEW_PRIVS: Final = 38


class NotConfined(OSError):
    """The kernel did not take a limit: the job must not run."""


def confine() -> None:
    """Open nothing any more, neither file nor socket; stay small, short and alone.

    With no number left for a new descriptor, `open`, `socket` and `accept` all fail with EMFILE.
    Raises NotConfined.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise NotConfined(ctypes.get_errno(), f"prctl {option}")
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def main(words: list[str]) -> int:
    """Do one job."""
    job = importlib.import_module(words[0])
    job.prepare()
    confine()
    result: bytes = job.work(sys.stdin.buffer.read())
    if len(result) > MAX_RESULT_BYTES:
        return 1
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
