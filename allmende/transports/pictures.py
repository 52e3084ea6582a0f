"""Pictures of people, read in a process of their own: made anew, or freed of what is not seen."""

from typing import Final, Protocol

from allmende.core.errors import InvalidInput
from allmende.transports.child import metadata
from allmende.transports.child.pool import ChildFailed

MAX_BYTES: Final = 128 * 1024
"""Of one that is made anew (spec voice, 4)."""

_JOB: Final = "allmende.transports.child.pictures"
_BARING: Final = metadata.__name__


class Beside(Protocol):
    """Where the work is done: `child.pool.Children`."""

    async def run(self, module: str, payload: bytes) -> bytes:
        """Return what ``work`` of ``module`` makes of ``payload``."""
        ...


class Pictures:
    """Works in children, where a few may wait."""

    def __init__(self, children: Beside) -> None:
        self._children = children

    async def again(self, data: bytes) -> bytes:
        """Return a PNG or JPEG as one of ours: small, nothing in it but what is seen.

        Raises InvalidInput ``web.picture-refused``, Unavailable when too many wait.
        """
        if not 0 < len(data) <= MAX_BYTES:
            raise _refused("too many bytes, or none")
        try:
            return await self._children.run(_JOB, data)
        except ChildFailed as failed:
            raise _refused(str(failed)) from failed

    async def bare(self, data: bytes) -> bytes:
        """Return a JPEG, PNG, GIF or WebP as it is, without what is not seen (spec chat, 13).

        Raises InvalidInput ``web.picture-broken``, Unavailable when too many wait.
        """
        try:
            return await self._children.run(_BARING, data)
        except ChildFailed as failed:
            raise InvalidInput("web.picture-broken", field="picture", detail=str(failed)) from None


def _refused(why: str) -> InvalidInput:
    return InvalidInput("web.picture-refused", field="picture", detail=why)
