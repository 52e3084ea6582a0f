"""What somebody takes along of their messages with others."""

import asyncio
import json

from allmende.core.accounts import Caller
from allmende.core.exports import ExportedFile, Numbers
from allmende.core.ids import GroupId
from allmende.storage.database import Database
from allmende.systems.chat.model.personal import Choice
from allmende.systems.chat.service.personal_exports import PersonalExports
from tests.systems.chat.service.test_personal import ANNA, Post, message


def test_the_own_side_of_messages_and_the_choice_are_handed_out(database: Database) -> None:
    post = Post(database)
    post.keep(message("1"), message("2"))
    post.choose(ANNA, Choice(never=frozenset({"d@x"})))
    exports = PersonalExports(database)

    async def files() -> list[ExportedFile]:
        assert not [file async for file in exports.of_group(GroupId(1), Numbers())]
        return [file async for file in exports.of_account(Caller(account_id=ANNA))]

    choice, lines = asyncio.run(files())
    assert json.loads(choice.body) == {
        "always": [], "keeps": "always", "never": ["d@x"], "not_encrypted_for_hours": 24,
    }  # fmt: skip
    said = [json.loads(line) for line in lines.body.splitlines()]
    assert said[0] == {
        "with": "b@x",
        "incoming": False,
        "sent_at": "2026-11-23T20:00:00.000000Z",
        "message": "<message id='1'/>",
    }
    assert len(said) == 2
