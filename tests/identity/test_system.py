"""Identity put together: what is revoked elsewhere is forgotten here."""

import asyncio

from allmende.core.accounts import STRANGER
from allmende.core.errors import NotSignedIn
from allmende.core.ids import CertificateId, FactId, RoomId
from allmende.core.rooms import Lobby, Room
from allmende.identity.events import (
    FACTS,
    AccountGone,
    CertificateRevoked,
    RoomGone,
    SessionRevoked,
)
from allmende.identity.system import build
from tests.identity.town import GOOD, Inline, Town


def test_facts_end_what_is_remembered(town: Town) -> None:
    async def story() -> None:
        built = await build(town.database, town.bus, town.clock, Inline())
        assert (built.part.name, built.part.facts) == ("identity", FACTS)
        code = await built.service.make_operator_invite()
        token = (await built.service.accept_invite(code, "mara", GOOD)).token
        who = await built.service.caller(token, None)
        assert who.account_id is not None
        await town.identity.sign_out_everywhere(who)
        assert await built.service.caller(token, None) == who
        now = town.clock.now()
        fact = SessionRevoked(at=now, account_id=who.account_id, session_id=None)
        await town.bus.deliver(FactId(1), fact)
        assert await built.service.caller(token, None) == STRANGER
        await town.bus.deliver(FactId(2), AccountGone(at=now, account_id=who.account_id))
        room = Room(RoomId(7), None, "abc", "Plenum", Lobby.GUESTS, False, None)
        built.doors.ask(room, "g1", "Rabe", facilitator=False, member=False)
        await town.bus.deliver(FactId(3), RoomGone(at=now, room_id=room.id))
        assert built.doors.waiting(room.id) == ()

    asyncio.run(story())


def test_a_code_that_waits_ends_with_all_certificates_and_not_with_one(town: Town) -> None:
    async def story() -> None:
        built = await build(town.database, town.bus, town.clock, Inline())
        code = await built.service.make_operator_invite()
        token = (await built.service.accept_invite(code, "mara", GOOD)).token
        who = await built.service.caller(token, None)
        assert who.account_id is not None
        now = town.clock.now()
        for number, ended in ((CertificateId(1), False), (None, True)):
            waits = await built.service.make_pairing_code(who)
            fact = CertificateRevoked(at=now, account_id=who.account_id, certificate_id=number)
            await town.bus.deliver(FactId(1), fact)
            try:
                await built.service.pair_certificate(waits.code, b"der")
            except NotSignedIn:
                assert ended
            else:
                assert not ended

    asyncio.run(story())


def test_the_key_of_the_doors_outlives_a_restart(town: Town) -> None:
    async def story() -> None:
        room = Room(RoomId(7), None, "abc", "Plenum", Lobby.GUESTS, False, None)
        first = (await build(town.database, town.bus, town.clock, Inline())).doors
        first.ask(room, "g1", "Rabe", facilitator=True, member=False)
        shown = first.pass_for(room.id, "g1")
        second = (await build(town.database, town.bus, town.clock, Inline())).doors
        asked = second.ask(room, "g1", "Rabe", facilitator=False, member=False, shown_pass=shown)
        assert asked == "admitted"

    asyncio.run(story())
