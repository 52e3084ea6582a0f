"""Asks a domain's own server whether a key is its own. XEP-0220, 2.3."""

import asyncio

from allmende.protocols.xmpp import dialback
from allmende.protocols.xmpp.dialback import Said
from allmende.systems.chat.wire.servers.around import Around
from allmende.systems.chat.wire.servers.opening import open_stream
from allmende.systems.chat.wire.servers.problems import Reason, Unreachable

_MOST_BEFORE: int = 10


async def is_confirmed(claim: Said, stream: str, around: Around) -> bool:
    """Return whether ``claim``, made on our ``stream``, is true. Raises Unreachable.

    The names in it are prepared. The other end's certificate does not matter: who had one that is
    valid would not have to be asked.
    """
    try:
        async with asyncio.timeout(around.times.negotiation_s):
            opening, _ = await open_stream(claim.receiver, claim.sender, around)
            try:
                ask = dialback.ask(claim.receiver, claim.sender, stream, claim.key)
                opening.dialogue.say(ask)
                for _ in range(_MOST_BEFORE):
                    found = await opening.element()
                    said = dialback.read(found.tree()) if found.name == dialback.VERIFY else None
                    if said is not None and said.type and said.stream == stream:
                        return said.type == "valid"
                raise Unreachable(Reason.BROKEN)
            finally:
                opening.dialogue.close()
    except TimeoutError as late:
        raise Unreachable(Reason.NO_ANSWER) from late
