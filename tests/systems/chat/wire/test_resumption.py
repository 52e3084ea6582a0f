"""Sessions without a stream wait a while, for their own account alone."""

import asyncio

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xmpp.jid import parse
from allmende.systems.chat.wire.outlet import StreamOutlet
from allmende.systems.chat.wire.resumption import Bound, Resumptions
from allmende.systems.chat.wire.session import Session
from tests.systems.chat.wire.lines import settle
from tests.systems.chat.wire.test_outlet import Written


def bound() -> Bound:
    outlet = StreamOutlet(Written(), lambda: None)
    return Bound(Session(parse("anna@x/phone"), Caller(account_id=AccountId(1)), outlet), outlet)


def test_a_session_is_taken_by_its_own_account_in_time() -> None:
    async def run() -> None:
        ended: list[Bound] = []
        resumptions, one = Resumptions(ended.append, keep_s=1000), bound()
        name = resumptions.enable(one)
        resumptions.lost(one)
        assert resumptions.take(name, "eve") is None
        assert resumptions.take("unknown", "anna") is None
        assert resumptions.take(name, "anna") is one
        resumptions.lost(one)
        resumptions.forget(one)
        assert resumptions.take(name, "anna") is None
        resumptions.close()
        assert ended == []

    asyncio.run(run())


def test_a_session_that_nobody_takes_ends() -> None:
    async def run() -> None:
        ended: list[Bound] = []
        resumptions, one, other = Resumptions(ended.append, keep_s=0), bound(), bound()
        resumptions.enable(one)
        resumptions.lost(one)
        await settle()
        assert ended == [one]
        later = Resumptions(ended.append, keep_s=1000)
        later.enable(other)
        later.replaced(other.session)
        assert ended == [one]
        later.lost(other)
        later.replaced(other.session)
        assert ended == [one, other]
        later.close()

    asyncio.run(run())
