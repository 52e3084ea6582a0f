"""What identity does by itself."""

from typing import Final

from allmende.core.parts import Job
from allmende.identity.service import IdentityService

EVERY_S: Final = 60.0


def jobs(identity: IdentityService) -> list[Job]:
    """End rooms, links and removals that are over, each minute."""

    async def end() -> None:
        await identity.end_what_is_over()

    return [Job(name="identity-end", every_s=EVERY_S, run=end)]
