import asyncio

from allmende.core.accounts import Caller
from allmende.core.exports import ExportedFile, Numbers
from allmende.core.ids import AccountId, GroupId
from allmende.systems.voice import store
from allmende.systems.voice.service.exporting import VoiceExports


async def files(exports: VoiceExports) -> list[ExportedFile]:
    found = [file async for file in exports.of_account(Caller(account_id=AccountId(1)))]
    return found + [file async for file in exports.of_group(GroupId(1), Numbers())]


def test_numbers_of_channels_stay_here_and_it_says_why() -> None:
    exports = VoiceExports()
    assert asyncio.run(files(exports)) == []
    assert set(exports.left_out) == {store.channels.name, store.counts.name, store.rooms.name}
