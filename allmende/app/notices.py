"""The inbox of everybody, and the way to their devices."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

import allmende.systems.desk.system
from allmende.app.kit import Kit
from allmende.app.parts import Building
from allmende.core.parts import Part
from allmende.protocols.webpush import key_of, public_key
from allmende.storage import secret
from allmende.systems.desk.service.telling import Telling
from allmende.systems.desk.web import DeskKit
from allmende.systems.desk.web.notices import Ring
from allmende.systems.desk.wire import Ringing, Sender, Translate
from allmende.transports.egress import open_egress

_KEY_NAME: Final = "desk-push"


async def notices_of(house: Building, web: DeskKit, stack: AsyncExitStack) -> Part:
    """Return the part that has the inbox; what it opens is closed with ``stack``."""
    config, clock, notices = house.ground.config, house.ground.clock, house.notices
    zone, telling = config.plenum.time_zone, Telling(house.database, notices)
    if not config.notices.push:
        return allmende.systems.desk.system.build_notices(
            notices, telling, web, house.bus, Ring("", zone), None
        )
    seed = await house.database.write(lambda db: secret.secret(db, _KEY_NAME))
    egress = await stack.enter_async_context(
        open_egress(inside=config.notices.inside, authority=config.notices.authority)
    )
    sender = Sender(
        key=key_of(seed),
        subject=house.ground.address("/imprint"),
        title=config.desk.title,
        translate=_translator(house.kit),
    )
    return allmende.systems.desk.system.build_notices(
        notices,
        telling,
        web,
        house.bus,
        Ring(public_key(sender.key), zone),
        Ringing(notices, egress, sender, clock),
    )


def _translator(kit: Kit) -> Translate:
    def translate(language: str, message_id: str, values: Mapping[str, str]) -> str:
        return kit.catalogues.catalogue(language).text(message_id, values)

    return translate
