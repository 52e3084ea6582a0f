"""What the chat tells live pages, and what it does when something is gone."""

import asyncio
from pathlib import Path

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.events import Fact
from allmende.core.ids import MessageId
from allmende.core.parts import LiveView, Part
from allmende.core.permissions import Permission
from allmende.identity.events import AccountGone, RoomGone
from allmende.systems.chat import system
from allmende.systems.chat.events import MessageRetracted, MessageSent
from allmende.systems.chat.model.personal import Choice
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.store import messages as store
from allmende.systems.chat.system import ChatSettings
from allmende.webkit.assets import Assets
from allmende.webkit.i18n import Catalogues
from allmende.webkit.templates import Pages
from tests.facts import tell
from tests.identity.town import fail
from tests.systems.chat.conftest import Square
from tests.webkit.house import LOCALE


def built(square: Square) -> tuple[Part, Bus]:
    catalogues = Catalogues.load(LOCALE)
    bus = Bus(fail)
    pages = Pages([Path(system.__file__).parent], catalogues, Assets.unbuilt(catalogues))
    settings = ChatSettings(retention_d=28, burst=20)
    return system.build(square.database, square.doors, bus, square.clock, pages, settings)[0], bus


def shown(view: LiveView, who: Caller, fact: Fact) -> object | None:
    async def show() -> object | None:
        return await view.show(who, fact)

    return asyncio.run(show())


def test_live_pages_see_messages_as_the_reader_may(square: Square) -> None:
    part, _ = built(square)
    views = {view.event: view for view in part.live}
    assert {view.permission for view in part.live} == {Permission.CHAT_READ}
    raven = square.inside("Rabe")
    number = MessageId(square.say(raven, "hallo", "k"))
    sent = MessageSent(at=square.clock.now(), message_id=number, room_id=square.room.id)
    mine = shown(views[MessageSent], raven, sent)
    theirs = shown(views[MessageSent], square.facilitator, sent)
    assert isinstance(mine, dict)
    assert isinstance(theirs, dict)
    assert (mine["mine"], theirs["mine"], theirs["author"]) == (True, False, "Rabe")
    gone = MessageRetracted(at=square.clock.now(), message_id=number, room_id=square.room.id)
    assert shown(views[MessageRetracted], raven, gone) == {"id": number}


def test_what_is_gone_takes_its_texts_or_names_along(square: Square) -> None:
    _, bus = built(square)
    mara = square.person("mara")
    group = square.group(mara)
    room = square.run(square.identity.make_room(mara, group.id, "Küche"))
    square.run(square.chat.say(mara, room.id, "hallo", "k"))
    now, history = square.clock.now(), PersonalHistory(square.database, square.clock)
    square.run(history.choose(mara, Choice(plain_h=1)))

    async def told() -> None:
        await tell(bus, AccountGone(at=now, account_id=square.account(mara)))
        lines = await square.chat.recent(mara, room.id, limit=5)
        assert [line.author for line in lines] == [""]
        await tell(bus, RoomGone(at=now, room_id=room.id))

    asyncio.run(told())
    assert square.run(square.database.read(store.kept_by_room)) == []
    assert square.run(history.choice(mara)) == Choice()
