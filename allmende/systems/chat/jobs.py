"""What happens to chat by itself: files end with the messages that name them."""

from collections.abc import Sequence
from typing import Final, Protocol

from allmende.core.parts import Job

UPLOADS_EVERY_S: Final = 300.0


class Ends(Protocol):
    """Who lets files go: UploadService."""

    async def end_over(self) -> None:
        """Delete files that no message names any more."""
        ...


def upload_jobs(uploads: Ends) -> Sequence[Job]:
    """Return the job that looks after files."""
    return (Job(name="chat-uploads", every_s=UPLOADS_EVERY_S, run=uploads.end_over),)
