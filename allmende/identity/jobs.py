"""What identity does by itself."""

from typing import Final

from allmende.core.parts import Job
from allmende.identity.service import IdentityService

EVERY_S: Final = 60.0
LEAVING_EVERY_S: Final = 600.0
UNUSED_EVERY_S: Final = 6 * 3600.0


def jobs(identity: IdentityService) -> list[Job]:
    """End rooms, links, removals and requests that are over, and accounts whose time to stay is."""

    async def end() -> None:
        await identity.end_what_is_over()
        await identity.forget_proofs()
        await identity.end_requests()
        await identity.close_unattended()

    async def end_leaving() -> None:
        await identity.end_leaving()

    async def let_unused_leave() -> None:
        await identity.let_unused_leave()

    return [
        Job(name="identity-end", every_s=EVERY_S, run=end),
        Job(name="identity-leaving", every_s=LEAVING_EVERY_S, run=end_leaving),
        Job(name="identity-unused", every_s=UNUSED_EVERY_S, run=let_unused_leave),
    ]
