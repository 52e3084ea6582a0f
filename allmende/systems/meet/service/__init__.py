"""Everything that may be done in a call, whoever asks: page, program or command."""

from allmende.systems.meet.service.inviting import Invitation
from allmende.systems.meet.service.joining import Joined, Waiting, Wish
from allmende.systems.meet.service.meeting import Limits, MeetService
from allmende.systems.meet.service.showing import Doorway, Snapshot

__all__ = [
    "Doorway",
    "Invitation",
    "Joined",
    "Limits",
    "MeetService",
    "Snapshot",
    "Waiting",
    "Wish",
]
