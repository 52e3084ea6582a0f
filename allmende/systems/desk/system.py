"""Desk put together."""

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from allmende.core.bus import Bus
from allmende.core.ids import FactId
from allmende.core.parts import Part
from allmende.identity.events import (
    AccountMade,
    HandedOut,
    HandoutAsked,
    MembershipChanged,
    OfferMade,
    RecoveryBegun,
)
from allmende.identity.service import IdentityService
from allmende.systems.desk.events import FACTS, NoticeTold
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.service.operating import OperatingService
from allmende.systems.desk.service.telling import Telling
from allmende.systems.desk.web import DeskKit, routes
from allmende.systems.desk.web.notices import Ring, notice_routes
from allmende.systems.desk.web.operator import operator_routes
from allmende.systems.desk.wire import Ringing

TEMPLATES: Final = Path(__file__).with_name("templates")


def build(identity: IdentityService, desk: DeskService, kit: DeskKit) -> Part:
    """Put desk together; ``kit`` is what its pages need of the web kit."""
    return Part(name="desk", routes=routes(desk, identity, kit))


def build_operating(
    operating: OperatingService,
    kit: DeskKit,
    areas: Sequence[str],
    tasks: Sequence[Callable[[], Coroutine[Any, Any, None]]],
) -> Part:
    """Put the operator's room together; ``tasks`` are what looks after the house."""
    routes = operator_routes(operating, kit, areas)
    return Part(name="operating", routes=routes, tasks=tasks)


def build_notices(
    notices: NoticeService,
    telling: Telling,
    kit: DeskKit,
    bus: Bus,
    ring: Ring,
    ringing: Ringing | None,
) -> Part:
    """Put the inbox together; ``ringing`` None: devices are not rung from here."""
    bus.subscribe(OfferMade, "desk.notices", telling.place_offered)
    bus.subscribe(MembershipChanged, "desk.notices", telling.membership_changed)
    bus.subscribe(RecoveryBegun, "desk.notices", telling.recovery_begun)
    bus.subscribe(AccountMade, "desk.notices", telling.account_made)
    bus.subscribe(HandoutAsked, "desk.notices", telling.handout_asked)
    bus.subscribe(HandedOut, "desk.notices", telling.handed_out)
    if ringing is None:
        return Part(name="notices", facts=FACTS, routes=notice_routes(notices, kit, ring))

    async def told(_: FactId, __: NoticeTold) -> None:
        ringing.wake()

    bus.watch(NoticeTold, told)
    routes = notice_routes(notices, kit, ring)
    return Part(name="notices", facts=FACTS, routes=routes, tasks=[ringing.run])
