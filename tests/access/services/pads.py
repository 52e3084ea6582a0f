"""A pad of group one, which members edit and admins look after, and making others."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.ports.pads import PadShown
from allmende.systems.pads.model.pad import Capability, History, Kind, Whom
from allmende.systems.pads.service.carrying import Form, Upload
from allmende.systems.pads.service.port import PadPort
from allmende.systems.pads.store.pads import PadSettings
from tests.access.services.house import COOKIE, House
from tests.access.services.roles import MAY, SIGN_IN, Ask, Row, everybody, group, room

SETTINGS: Final = PadSettings(
    title="Plan",
    who_edits=Whom.MEMBERS,
    who_reads=Whom.MEMBERS,
    readers_see_history=False,
    history=History.FULL,
    expiry_days=30,
)
TEXT: Final = Upload(Form.TEXT, b"Anders", "Vorher")
EDITORS: Final = (MAY, MAY, MAY)
ADMINS: Final = (NotAllowed, NotAllowed, MAY)
MAKERS: Final = ((NotAllowed, NotAllowed, MAY), MAY, MAY, MAY)
RICH: Final = Kind.RICH


def on_pad(ask: Callable[[PadPort, Caller, Any], Coroutine[Any, Any, object]]) -> Ask:
    """Ask about the pad, and wait until all is on disk."""

    async def asked(house: House, who: Caller) -> None:
        async with house.writing():
            await ask(house.pads, who, house.known)

    return asked


def listed(ask: Callable[[PadPort, Caller, Any], Coroutine[Any, Any, Any]]) -> Ask:
    """An empty list is that of who may see none."""

    async def asked(house: House, who: Caller) -> None:
        shown: list[PadShown] = list(await ask(house.pads, who, house.known))
        if not shown:
            raise NotFound("pads.not-found")

    return asked


async def may_make(house: House, who: Caller) -> None:
    house.pads.require_making(who)


ROWS: Final[Mapping[str, Row]] = {
    "page": group(on_pad(lambda pads, who, it: pads.page(who, it.pad)), *EDITORS),
    "open": group(on_pad(lambda pads, who, it: pads.open(who, it.pad)), *EDITORS),
    "enter": group(
        on_pad(lambda pads, who, it: pads.enter(who, it.pad, COOKIE, 7, "de")), *EDITORS
    ),
    "packed": group(on_pad(lambda pads, who, it: pads.packed(who, it.pad)), *EDITORS),
    "export": group(
        on_pad(lambda pads, who, it: pads.export(who, it.pad, Form.JSON, "de")), *EDITORS
    ),
    "append": group(
        on_pad(lambda pads, who, it: pads.append(who, it.pad, COOKIE, "Zweitens")), *EDITORS
    ),
    "bring": group(on_pad(lambda pads, who, it: pads.bring(who, it.pad, COOKIE, TEXT)), *EDITORS),
    "call_me": group(
        on_pad(lambda pads, who, it: pads.call_me(who, it.pad, COOKIE, "Neu", 1)), *EDITORS
    ),
    "me": group(on_pad(lambda pads, who, it: pads.me(who, it.pad, COOKIE)), *EDITORS),
    "forget_me": group(on_pad(lambda pads, who, it: pads.forget_me(who, it.pad, COOKIE)), *EDITORS),
    "links_to_share": group(
        on_pad(lambda pads, who, it: pads.links_to_share(who, it.pad)), *EDITORS
    ),
    "history": group(on_pad(lambda pads, who, it: pads.history(who, it.pad)), *EDITORS),
    "earlier": group(
        on_pad(lambda pads, who, it: pads.earlier(who, it.pad, it.state_id)), *EDITORS
    ),
    "name_state": group(
        on_pad(lambda pads, who, it: pads.name_state(who, it.pad, COOKIE, "Neu")), *EDITORS
    ),
    "restore": group(
        on_pad(lambda pads, who, it: pads.restore(who, it.pad, COOKIE, it.state_id)), *ADMINS
    ),
    "settings": group(on_pad(lambda pads, who, it: pads.settings(who, it.pad)), *ADMINS),
    "change": group(on_pad(lambda pads, who, it: pads.change(who, it.pad, SETTINGS)), *ADMINS),
    "make_link": group(
        on_pad(lambda pads, who, it: pads.make_link(who, it.pad, Capability.READ, "", 7)), *ADMINS
    ),
    "revoke_link": group(
        on_pad(lambda pads, who, it: pads.revoke_link(who, it.pad, it.pad_link_id)), *ADMINS
    ),
    "lock": group(on_pad(lambda pads, who, it: pads.lock(who, it.pad, locked=True)), *ADMINS),
    "convert": group(on_pad(lambda pads, who, it: pads.convert(who, it.pad)), *ADMINS),
    "clear_authorship": group(
        on_pad(lambda pads, who, it: pads.clear_authorship(who, it.pad)), *ADMINS
    ),
    "delete": group(on_pad(lambda pads, who, it: pads.delete(who, it.pad, sure=True)), *ADMINS),
    "of_group": group(listed(lambda pads, who, it: pads.of_group(who, it.one.id)), *EDITORS),
    "pads_of_group": group(
        listed(lambda pads, who, it: pads.pads_of_group(who, it.one.id)), *EDITORS
    ),
    "in_room": room(
        on_pad(lambda pads, who, it: pads.in_room(who, it.room.slug)), (MAY, MAY, MAY), *EDITORS
    ),
    "require_making": everybody(may_make, **SIGN_IN),
    "make": everybody(lambda h, who: h.pads.make(who, "Neu", RICH), **SIGN_IN),
    "make_in_group": group(
        on_pad(lambda pads, who, it: pads.make_in_group(who, it.one.slug, "neu", RICH)), *EDITORS
    ),
    "make_in_room": room(
        on_pad(lambda pads, who, it: pads.make_in_room(who, it.room.slug, "neu", RICH)), *MAKERS
    ),
    "create_pad": room(
        on_pad(lambda pads, who, it: pads.create_pad(who, it.room.id, "neu", "Erstens")), *MAKERS
    ),
}
