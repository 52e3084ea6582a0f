"""Finds other servers over the network. RFC 6120, 3.2; XEP-0368; addresses of the inside never."""

import asyncio
import random
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final, Protocol

from allmende.protocols.xmpp.domains import ascii_domain
from allmende.protocols.xmpp.service_names import Record, Target, service_names, targets
from allmende.systems.chat.wire.servers.around import ServerLine
from allmende.systems.chat.wire.servers.problems import Reason, Unreachable
from allmende.transports.certificates import Certificates
from allmende.transports.dialing import call, client_context
from allmende.transports.egress import Address, EgressRefused, Outside, resolved
from allmende.transports.layers import ClientLayers
from allmende.transports.names import NotAnswered, Srv

CONNECT_S: Final = 5.0
MAX_ADDRESSES: Final = 4
_ALPN: Final = ("xmpp-server",)


class Names(Protocol):
    """Asks name servers; `transports.names.Resolver`."""

    def services(self, name: str) -> Sequence[Srv]:
        """Return where a service is. Raises NotAnswered."""
        ...


class NetworkReach:
    """Is a `around.Reach`. ``certificates``: of our own domains, shown to whom we call."""

    def __init__(
        self,
        names: Callable[[], Names],
        outside: Outside,
        certificates: Certificates,
        minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    ) -> None:
        self._names, self._outside = names, outside
        self._certificates, self._minimum = certificates, minimum

    async def lines(self, own: str, other: str) -> AsyncGenerator[ServerLine, None]:
        """Yield connections with the server of ``other``, the best first. Raises Unreachable."""
        reached = False
        problem = Unreachable(Reason.NO_NAME)
        for target in await self._targets(other):
            try:
                addresses = await resolved(target.host, target.port, self._outside)
            except EgressRefused:
                problem = Unreachable(Reason.INSIDE)
                continue
            except (OSError, UnicodeError):
                continue
            for address in addresses[:MAX_ADDRESSES]:
                try:
                    line = await self._call(own, other, target, address)
                except (OSError, TimeoutError):
                    problem = Unreachable(Reason.NO_ANSWER)
                    continue
                reached = True
                yield line
        if not reached:
            raise problem

    async def _targets(self, other: str) -> Sequence[Target]:
        try:
            records = await asyncio.to_thread(self._records, other)
        except NotAnswered as silent:
            raise Unreachable(Reason.NAMES_SILENT) from silent
        found = targets(other, records, random.SystemRandom().randrange)
        if not found:
            raise Unreachable(Reason.NO_NAME)
        return found

    def _records(self, other: str) -> Sequence[Record]:
        """Return what name servers say; one of the two services is enough. Raises NotAnswered."""
        names, found, silent = self._names(), [], 0
        services = service_names(other)
        for name, direct in services:
            try:
                found += [
                    Record(each.priority, each.weight, each.port, each.host, direct)
                    for each in names.services(name)
                ]
            except NotAnswered:
                silent += 1
        if silent and not found:
            raise NotAnswered(other)
        return found

    async def _call(self, own: str, other: str, target: Target, address: Address) -> ServerLine:
        context = await asyncio.to_thread(self._context, own, direct=target.direct)
        layers = ClientLayers(context, ascii_domain(other))
        async with asyncio.timeout(CONNECT_S):
            return await call(address, target.port, layers, direct=target.direct)

    def _context(self, own: str, *, direct: bool) -> ssl.SSLContext:
        certificate, key = self._certificates.files_for(ascii_domain(own))
        alpn = _ALPN if direct else ()
        return client_context(certificate, key, minimum=self._minimum, alpn=alpn)
