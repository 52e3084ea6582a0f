"""Whether the server can be reached, as far as that can be seen from here."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from allmende.app.doctor.dns import Own, has_name, own_address
from allmende.app.doctor.situation import Situation
from allmende.config.places import EVERYWHERE
from allmende.core.findings import Finding, broken, good, warning
from allmende.transports.asgi import CannotListen, open_sockets
from allmende.transports.names import Kind, NotAnswered

_WAIT_S: Final = 2.0
_PROBE: Final = b"allmende check"
_HEALTH: Final = "/health.json"
_CHALLENGE: Final = "/.well-known/acme-challenge/check"

Fetch = Callable[[str, int, str, str, bool], int]
"""Address, port, name of the host, path, whether over TLS: the status, 0 where nobody answers."""


def fetch(address: str, port: int, host: str, path: str, is_secure: bool) -> int:
    """Return the status of an answer, 0 where there is none.

    Only whether our own server answers is asked; certificates have checks of their own.
    """
    try:
        with socket.create_connection((address, port), _WAIT_S) as plain:
            sock = _trusting().wrap_socket(plain, server_hostname=host) if is_secure else plain
            with sock:
                sock.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
                answer = http.client.HTTPResponse(sock)
                answer.begin()
                return answer.status
    except (OSError, http.client.HTTPException, ValueError):
        return 0


def pages(here: Situation, ask: Fetch = fetch) -> Finding:
    """The ports are ours: free before the start, answering after it."""
    name = "reach.pages"
    if here.running_port is not None:
        place = here.places.listen[0]
        host = "127.0.0.1" if place in EVERYWHERE else place
        is_secure = here.places.encryption in ("files", "own", "acme")
        port = here.running_port
        if ask(host, port, here.domain, _HEALTH, is_secure) == HTTPStatus.OK:
            return good(name, "check.pages-good", port=str(port))
        return broken(name, "check.pages-silent", "check.pages-remedy", port=str(port))
    wanted = list(_wanted(here))
    for addresses, port in wanted:
        try:
            for sock in open_sockets(addresses, port):
                sock.close()
        except CannotListen:
            return broken(name, "check.ports-taken", "check.ports-remedy", port=str(port))
    return good(name, "check.ports-free", ports=", ".join(str(port) for _, port in wanted))


def https(here: Situation, ask: Fetch = fetch) -> Finding:
    """Our name leads to our pages. From here: some routers do not lead back to themselves."""
    return _by_name(here, Kind.A, ask)


def ipv6(here: Situation, ask: Fetch = fetch) -> Finding:
    """What is announced answers: else it fails for some people, sometimes."""
    return _by_name(here, Kind.AAAA, ask)


def port_80(here: Situation, ask: Fetch = fetch) -> Finding:
    """The authority for certificates finds what it looks for."""
    name, port = "reach.http", here.config.acme.port
    if here.places.encryption != "acme" or here.running_port is None or not has_name(here):
        return good(name, "check.reach-none")
    values, found = {"domain": here.domain, "port": str(port)}, _found(here, Kind.A)
    if not found:
        return good(name, "check.reach-none")
    statuses = [ask(each, port, here.domain, _CHALLENGE, False) for each in found]
    if HTTPStatus.NOT_FOUND in statuses:
        return good(name, "check.reach-good", **values)
    return warning(name, "check.reach-silent", "check.port-remedy", **values)


def udp(here: Situation) -> Finding:
    """Datagrams to the addresses that clients are told arrive."""
    media, name = here.config.media, "reach.udp"
    port = 0 if here.running_port is not None else media.udp_port
    told = media.public_addresses or tuple(_own_addresses(here.places.media))
    for address in told:
        if not _reaches(address, port):
            values = {"address": address, "port": str(media.udp_port)}
            if media.public_addresses:
                return warning(name, "check.udp-lost", "check.udp-forward-remedy", **values)
            return broken(name, "check.udp-lost", "check.udp-remedy", **values)
    return good(name, "check.udp-good", addresses=", ".join(told))


def media_tcp(here: Situation) -> Finding:
    """Media answers by TCP, for networks that block UDP."""
    name, port = "reach.media", here.config.media.tcp_port
    if here.running_port is None or not port:
        return good(name, "check.reach-none")
    for address in _own_addresses(here.places.media):
        try:
            socket.create_connection((address, port), _WAIT_S).close()
        except OSError:
            return broken(name, "check.media-silent", "check.pages-remedy", port=str(port))
    return good(name, "check.media-good", port=str(port))


def nat(here: Situation, own: Own = own_address) -> Finding:
    """Clients are told an address that leads here: behind a router it is not the machine's."""
    name, ours = "reach.nat", own(Kind.A)
    if not has_name(here) or ours is None or not ipaddress.ip_address(ours).is_private:
        return good(name, "check.nat-good")
    if here.config.media.public_addresses:
        told = ", ".join(here.config.media.public_addresses)
        return good(name, "check.nat-told", told=told)
    return warning(name, "check.nat", "check.nat-remedy", ours=ours)


def _wanted(here: Situation) -> Iterator[tuple[Sequence[str], int]]:
    config, places = here.config, here.places
    yield places.listen, config.web.port
    if places.encryption == "acme":
        yield places.listen, config.acme.port
    if config.media.tcp_port:
        yield places.media, config.media.tcp_port


def _by_name(here: Situation, kind: Kind, ask: Fetch) -> Finding:
    name = "reach.ipv6" if kind is Kind.AAAA else "reach.https"
    if here.running_port is None or not has_name(here):
        return good(name, "check.reach-none")
    found = _found(here, kind)
    if not found:
        return good(name, "check.reach-none")
    address = urlsplit(here.places.url(here.config, here.running_port))
    is_secure = address.scheme == "https"
    port = address.port or (443 if is_secure else 80)
    for each in found:
        status = ask(each, port, here.domain, _HEALTH, is_secure)
        values = {"domain": here.domain, "address": each, "port": str(port)}
        if status != HTTPStatus.OK and kind is Kind.AAAA:
            return broken(name, "check.ipv6-silent", "check.ipv6-remedy", **values)
        if status != HTTPStatus.OK:
            return warning(name, "check.reach-silent", "check.port-remedy", **values)
    return good(name, "check.reach-good", domain=here.domain, port=str(port))


def _found(here: Situation, kind: Kind) -> list[str]:
    try:
        return here.resolver.addresses(here.domain, kind)
    except NotAnswered:
        return []


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _own_addresses(listen: tuple[str, ...]) -> Iterator[str]:
    """Yield what can be sent to: for "all addresses" those that the machine would use."""
    for address in listen:
        if address not in EVERYWHERE:
            yield address
        elif ":" not in address:
            yield own_address(Kind.A) or "127.0.0.1"


def _reaches(address: str, port: int) -> bool:
    """Send a datagram to ourselves by ``address``; whether it arrived."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    wildcard = str(ipaddress.IPv6Address(0) if ":" in address else ipaddress.IPv4Address(0))
    with (
        socket.socket(family, socket.SOCK_DGRAM) as receiver,
        socket.socket(family, socket.SOCK_DGRAM) as sender,
    ):
        receiver.settimeout(_WAIT_S)
        try:
            receiver.bind((wildcard, port))
            sender.sendto(_PROBE, (address, receiver.getsockname()[1]))
            return receiver.recv(len(_PROBE)) == _PROBE
        except OSError:
            return False
