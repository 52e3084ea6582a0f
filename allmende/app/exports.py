"""Archives of people and groups: the exporters of all systems, and a group that comes in."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from allmende.config import Config
from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import NotFound
from allmende.core.exports import ExportedFile, Exporter, Numbers
from allmende.core.ids import GroupId
from allmende.identity.model.accounts import AccountState
from allmende.identity.service.exporting import IdentityExports
from allmende.identity.store import accounts, groups
from allmende.storage.bundle import ListedFile, bundled, listed_as, manifest_of, opened_bundle
from allmende.storage.database import Database
from allmende.systems.chat.service.exporting import ChatExports
from allmende.systems.chat.service.item_exports import ItemExports
from allmende.systems.chat.service.personal_exports import PersonalExports
from allmende.systems.chat.service.room_exports import RoomExports
from allmende.systems.desk.service.exporting import DeskExports
from allmende.systems.meet.service.exporting import MeetExports
from allmende.systems.pads.service.exporting import PadExports
from allmende.systems.plenum.service.exporting import PlenumExports
from allmende.systems.voice.service.exporting import VoiceExports


def exporters_of(database: Database, config: Config) -> Sequence[Exporter]:
    """Return the exporters of all systems, those first whose numbers others need.

    Also of systems that are switched off: what they kept is still there.
    """
    chat = ChatExports(
        database, usual_h=config.chat.retention_d * 24, longest_h=config.chat.max_retention_d * 24
    )
    return (
        IdentityExports(database),
        chat,
        PersonalExports(database),
        ItemExports(database),
        RoomExports(database, config.domain),
        PadExports(database),
        MeetExports(database),
        PlenumExports(database),
        VoiceExports(),
        DeskExports(database),
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """A group that came in. ``same``: exported again, it would have the same digest."""

    group_id: GroupId
    digest: str
    same: bool


async def import_group(
    database: Database, config: Config, clock: Clock, file: Path, *, admin: str, match_names: bool
) -> Imported:
    """Take a group in from an archive; all of it or nothing.

    ``admin`` is the account that looks after it here. Raises InvalidInput, and what is wrong
    with the archive before anything is written.
    """
    first, *others = exporters_of(database, config)
    if not isinstance(first, IdentityExports):
        raise TypeError("identity comes first: it makes the group")
    with opened_bundle(file) as bundle:
        taken = await first.begin_group(bundle, clock.now(), admin=admin, match_names=match_names)
        try:
            for exporter in others:
                await exporter.take_group(taken, bundle)
        except BaseException:
            await first.undo(taken.group_id, clock.now())
            raise
        digest = await group_digest((first, *others), taken.group_id)
        return Imported(taken.group_id, digest, digest == bundle.manifest.digest)


async def group_digest(exporters: Sequence[Exporter], group_id: GroupId) -> str:
    """Return the digest of everything canonical of a group."""
    listed: list[ListedFile] = []
    async for file in group_files(exporters, group_id):
        listed.append(listed_as(file))
    return manifest_of(listed).digest


async def group_files(
    exporters: Sequence[Exporter], group_id: GroupId
) -> AsyncIterator[ExportedFile]:
    """Yield the files of a group."""
    numbers = Numbers()
    for exporter in exporters:
        async for file in exporter.of_group(group_id, numbers):
            yield file


async def group_archive(
    database: Database, exporters: Sequence[Exporter], slug: str
) -> AsyncIterator[bytes]:
    """Return the archive of the group at an address. Raises NotFound ``group.not-found``."""
    group = await database.read(lambda db: groups.find_group_by_slug(db, slug))
    if group is None:
        raise NotFound("group.not-found")
    return bundled(group_files(exporters, group.id))


async def account_archive(
    database: Database, exporters: Sequence[Exporter], name: str
) -> AsyncIterator[bytes]:
    """Return everything about an account. Raises NotFound ``identity.no-such-account``."""
    stored = await database.read(lambda db: accounts.find_account_by_name(db, name.lower()))
    if stored is None or stored.state is AccountState.GONE:
        raise NotFound("identity.no-such-account")
    return bundled(account_files(exporters, Caller(account_id=stored.id)))


async def account_files(exporters: Sequence[Exporter], who: Caller) -> AsyncIterator[ExportedFile]:
    """Yield the files about the account of ``who``."""
    for exporter in exporters:
        async for file in exporter.of_account(who):
            yield file
