"""Checks of the network: ports, UDP, certificate."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from allmende.cli.checks.finding import Finding, Situation, broken, good, warning
from allmende.config import places_of
from allmende.config.places import EVERYWHERE
from allmende.transports import tls
from allmende.transports.asgi import CannotListen, open_sockets

_WAIT_S: Final = 2.0
_SOON: Final = timedelta(days=14)
_PROBE: Final = b"allmende check"


def ports(here: Situation) -> Finding:
    """The ports are ours: free before the start, answering after it."""
    places = places_of(here.config)
    if here.running_port is not None:
        return _answers(places.listen[0], here.running_port, secure=_encrypts(here))
    media = here.config.media
    wanted = [(places.listen, here.config.web.port)]
    if media.tcp_port:
        wanted.append((places.media, media.tcp_port))
    for addresses, port in wanted:
        try:
            for sock in open_sockets(addresses, port):
                sock.close()
        except CannotListen as refused:
            remedy = "Stop the program that has it, or choose another port in allmende.toml."
            return broken("ports", str(refused), remedy)
    shown = ", ".join(str(port) for _, port in wanted)
    return good("ports", f"TCP {shown} can be used.")


def udp(here: Situation) -> Finding:
    """Datagrams to the addresses that clients are told arrive."""
    media, places = here.config.media, places_of(here.config)
    port = 0 if here.running_port is not None else media.udp_port
    told = media.public_addresses or tuple(_own_addresses(places.media))
    for address in told:
        outcome = _reaches(address, port)
        if outcome:
            remedy = f"Open UDP {media.udp_port} in the firewall, or correct media.listen."
            if media.public_addresses:
                remedy = f"Forward UDP {media.udp_port} to this machine, and try from outside."
                return warning("udp", outcome, remedy)
            return broken("udp", outcome, remedy)
    return good("udp", f"Datagrams to {', '.join(told)} arrive.")


def certificate(here: Situation) -> Finding:
    """The certificate is readable, for our name, and does not end soon."""
    places = places_of(here.config)
    if places.encryption == "off":
        return good("certificate", "None is needed: pages are served on this machine only.")
    if places.encryption == "proxy":
        return good("certificate", "The reverse proxy has it.")
    if places.encryption == "own":
        files = tls.OwnFiles(here.data / "tls")
        if not files.certificate.exists():
            return good("certificate", "It will be made at the first start.")
        return _judge(here, files.certificate, files.key)
    return _judge(here, Path(here.config.tls.certificate), Path(here.config.tls.key))


def _judge(here: Situation, shown: Path, key: Path) -> Finding:
    name = "certificate"
    renew = "Put a new certificate in its place, then: kill -HUP the server."
    try:
        tls.context_of(shown, key)
        ends, names = tls.ends_at(shown), tls.names_in(shown)
    except tls.CertificateRefused as refused:
        return broken(name, str(refused), "Correct tls.certificate and tls.key.")
    left = ends - here.clock.now()
    if left < timedelta(0):
        return broken(name, f"It ended on {ends:%Y-%m-%d}.", renew)
    if not any(_fits(pattern, here.config.domain) for pattern in names):
        return broken(name, f"It is not for {here.config.domain}.", renew)
    if left < _SOON:
        return warning(name, f"It ends in {left.days} days, on {ends:%Y-%m-%d}.", renew)
    return good(name, f"It is for {here.config.domain} and ends on {ends:%Y-%m-%d}.")


def _fits(pattern: str, domain: str) -> bool:
    """A wildcard stands for one label (RFC 6125, 6.4.3)."""
    if pattern.startswith("*."):
        return domain.partition(".")[2].lower() == pattern[2:].lower()
    return pattern.lower() == domain.lower()


def _encrypts(here: Situation) -> bool:
    return places_of(here.config).encryption in ("files", "own")


def _answers(address: str, port: int, *, secure: bool) -> Finding:
    host = "127.0.0.1" if address in EVERYWHERE else address
    connection: http.client.HTTPConnection
    if secure:
        # Only whether our own server answers is asked; the certificate has a check of its own.
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=_WAIT_S, context=trusting)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_WAIT_S)
    try:
        connection.request("GET", "/health.json")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    if status == http.HTTPStatus.OK:
        return good("ports", f"The server answers on TCP {port}.")
    sentence = f"The server runs but does not answer on TCP {port}."
    return broken("ports", sentence, "Look into its log and start it again.")


def _own_addresses(listen: tuple[str, ...]) -> Iterator[str]:
    """Yield what can be sent to: for "all addresses" those that the machine would use."""
    for address in listen:
        if address not in EVERYWHERE:
            yield address
        elif ":" not in address:
            yield _outgoing() or "127.0.0.1"


def _outgoing() -> str | None:
    """Return the address that packets to the outside would carry. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(sock.getsockname()[0])


def _reaches(address: str, port: int) -> str:
    """Send a datagram to ourselves by ``address``; return what went wrong, or nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    wildcard = str(ipaddress.IPv6Address(0) if ":" in address else ipaddress.IPv4Address(0))
    with (
        socket.socket(family, socket.SOCK_DGRAM) as receiver,
        socket.socket(family, socket.SOCK_DGRAM) as sender,
    ):
        receiver.settimeout(_WAIT_S)
        try:
            receiver.bind((wildcard, port))
        except OSError as failure:
            return f"UDP {port} cannot be used: {failure.strerror}."
        try:
            sender.sendto(_PROBE, (address, receiver.getsockname()[1]))
            received = receiver.recv(len(_PROBE))
        except OSError:
            received = b""
    if received == _PROBE:
        return ""
    return f"A datagram to {address} did not arrive."
