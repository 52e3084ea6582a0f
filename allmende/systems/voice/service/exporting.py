"""What voice hands out: nothing. Its numbers mean something on this server alone."""

from collections.abc import AsyncIterator, Mapping

from allmende.core.accounts import Caller
from allmende.core.exports import ExportedFile, Files, Numbers, TakenGroup, no_files
from allmende.core.ids import GroupId
from allmende.systems.voice import store


class VoiceExports:
    """The exporter of voice: it says why there is nothing."""

    covers: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = {
        store.channels.name: "numbers that clients of this server remember",
        store.counts.name: "a count of this moment",
        store.rooms.name: "what this server allows in a room; it is set anew where it goes",
    }

    def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield nothing: no row of voice is about a person."""
        return no_files()

    def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield nothing."""
        return no_files()

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Take nothing: new channels get numbers of their own."""
