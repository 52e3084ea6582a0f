"""Desk put together."""

import asyncio

from allmende.core.bus import Bus
from allmende.core.ids import FactId
from allmende.identity.events import OfferMade
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.service.telling import Telling
from allmende.systems.desk.system import TEMPLATES, build_notices
from allmende.systems.desk.web.notices import Ring
from tests.facts import tell
from tests.identity.town import fail
from tests.systems.desk.hall import Hall


def test_the_pages_of_the_specification_are_there(hall: Hall) -> None:
    paths = {route.path for route in hall.routes}
    assert {"/", "/start", "/i/{code}", "/signin", "/me", "/g/{slug}", "/privacy"} <= paths
    assert {"/imprint", "/r/{slug}/started"} <= paths


def test_every_template_is_of_desk() -> None:
    assert [folder.name for folder in TEMPLATES.iterdir()] == ["desk"]


def test_who_is_offered_a_place_finds_it_in_the_inbox_once(hall: Hall) -> None:
    notices, bus = NoticeService(hall.database, hall.town.clock), Bus(fail)
    _, juno = hall.member("juno")
    group = hall.town.group(hall.town.person("mara"))

    telling = Telling(hall.database, notices)
    build_notices(notices, telling, hall.kit, bus, Ring("", "Europe/Berlin"), None)
    at, whom = hall.town.clock.now(), hall.town.account(juno)
    offered = OfferMade(at=at, group_id=group.id, account_id=whom)
    for _ in range(2):
        asyncio.run(tell(bus, offered, FactId(7)))
    found = hall.town.run(notices.inbox(juno)).notices
    assert [(one.message_id, one.link) for one in found] == [("desk.notice-place", "/")]
