"""What pages show, what people were told, what they take along, and the operator's room."""

from collections.abc import Mapping
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound, ProofNeeded
from allmende.systems.desk.model.notices import Level, QuietHours
from allmende.systems.desk.service.notices import Device
from tests.access.services.house import House, through
from tests.access.services.roles import (
    MAY,
    Row,
    everybody,
    group,
    owned,
    people,
    proved,
    room,
    server,
)

ADMINS: Final = ((NotAllowed, NotAllowed, NotAllowed), NotAllowed, NotAllowed, MAY)
DEVICE: Final = Device(
    endpoint="https://push.example/x", key="k", auth="a", shows_text=False, language="de"
)


async def shown_pads(house: House, who: Caller) -> None:
    """The list of who may see none is empty."""
    if not await house.desk.pads(who, house.known.one.id):
        raise NotFound("pads.not-found")


async def may_make(house: House, who: Caller) -> None:
    if not house.desk.may_make_pads(who):
        raise NotAllowed("pads.making-off")


PAGES: Final[Mapping[str, Row]] = {
    "group": group(lambda h, who: h.desk.group(who, h.known.one.slug), MAY, MAY, MAY),
    "pads": group(shown_pads, MAY, MAY, MAY),
    "settings": room(lambda h, who: h.desk.settings(who, h.known.room.slug), *ADMINS),
    "link_shown": room(
        lambda h, who: h.desk.link_shown(who, h.known.room.slug, h.known.link), *ADMINS
    ),
    "may_make_pads": everybody(
        may_make, stranger=NotAllowed, listen=NotAllowed, speak=NotAllowed, facilitate=NotAllowed
    ),
}
NOTICES: Final[Mapping[str, Row]] = {
    "inbox": people(lambda h, who: h.notices.inbox(who)),
    "unread": everybody(lambda h, who: h.notices.unread(who)),
    "opened": owned(lambda h, who: h.notices.opened(who, h.known.notice_id)),
    "read_all": people(lambda h, who: h.notices.read_all(who, h.known.notice_id)),
    "choose": people(
        lambda h, who: h.notices.choose(who, h.known.one.id, Level.NONE),
        NotFound,
        **dict.fromkeys(("member", "leads", "admin", "stale"), MAY),
    ),
    "keep_quiet": people(lambda h, who: h.notices.keep_quiet(who, QuietHours(0, 60, "UTC"))),
    "ring_here": people(lambda h, who: h.notices.ring_here(who, DEVICE)),
    "ring_no_more": people(lambda h, who: h.notices.ring_no_more(who)),
}
ARCHIVES: Final[Mapping[str, Row]] = {
    "own": proved(lambda h, who: through(h.archives.own(who))),
    "of_group": group(
        lambda h, who: through(h.archives.of_group(who, h.known.one.id)),
        NotAllowed,
        NotAllowed,
        MAY,
        stale=ProofNeeded,
    ),
}
OPERATING: Final[Mapping[str, Row]] = {
    "last_round": server(lambda h, who: h.operating.last_round(who), NotAllowed, MAY),
    "look": server(lambda h, who: h.operating.look(who), NotAllowed, MAY),
    "certificate": server(lambda h, who: h.operating.certificate(who), NotAllowed, MAY),
    "backups": server(lambda h, who: h.operating.backups(who), NotAllowed, MAY),
    "servers": server(lambda h, who: h.operating.servers(who), NotAllowed, MAY),
}
