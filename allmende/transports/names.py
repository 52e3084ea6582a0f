"""Asks name servers: by UDP, by TCP when the answer is long. Blocking: run it in a thread."""

import re
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from allmende.protocols.dns.errors import DnsError
from allmende.protocols.dns.message import (
    Answer,
    Caa,
    Code,
    Kind,
    Value,
    read_answer,
    write_question,
)

_SYSTEM: Final = Path("/etc/resolv.conf")
_NAMESERVER: Final = re.compile(r"^nameserver\s+(\S+)", re.MULTILINE)
_PORT: Final = 53
_DATAGRAM: Final = 4096
_WAIT_S: Final = 2.0
_TRIES: Final = 2


class NotAnswered(Exception):
    """No name server gave an answer that can be used."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """``servers`` are pairs of address and port, asked in this order."""

    servers: Sequence[tuple[str, int]]

    def addresses(self, name: str, kind: Kind) -> list[str]:
        """Return the addresses of a name; none where it has none. Raises NotAnswered."""
        return [value for value in self.ask(name, kind) if isinstance(value, str)]

    def issuers(self, name: str) -> list[Caa]:
        """Return the CAA that count for a name: its own, or the nearest above. Raises NotAnswered.

        RFC 8659, 3.
        """
        labels = name.rstrip(".").split(".")
        for first in range(len(labels)):
            found = self.ask(".".join(labels[first:]), Kind.CAA)
            if found:
                return [value for value in found if isinstance(value, Caa)]
        return []

    def ask(self, name: str, kind: Kind) -> Sequence[Value]:
        """Return what is known of a name. Raises NotAnswered."""
        for _ in range(_TRIES):
            for server in self.servers:
                try:
                    answer = _asked(server, name, kind)
                except (OSError, DnsError):
                    continue
                if answer.code in (Code.GOOD, Code.NO_SUCH_NAME):
                    return answer.values
        raise NotAnswered(name)


def system_resolver(file: Path = _SYSTEM) -> Resolver:
    """Return the name servers that this machine uses."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = [address.partition("%")[0] for address in _NAMESERVER.findall(text)]
    return Resolver([(address, _PORT) for address in found or ["127.0.0.1"]])


def _asked(server: tuple[str, int], name: str, kind: Kind) -> Answer:
    number = secrets.randbelow(1 << 16)
    question = write_question(number, name, kind)
    answer = read_answer(_by_udp(server, question), kind)
    if answer.is_truncated:
        answer = read_answer(_by_tcp(server, question), kind)
    if answer.number != number:
        raise DnsError("it answers another question")
    return answer


def _by_udp(server: tuple[str, int], question: bytes) -> bytes:
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(_WAIT_S)
        # Connected: datagrams of others are not for us.
        sock.connect(server)
        sock.send(question)
        return sock.recv(_DATAGRAM)


def _by_tcp(server: tuple[str, int], question: bytes) -> bytes:
    with socket.create_connection(server, _WAIT_S) as sock, sock.makefile("rb") as stream:
        sock.sendall(len(question).to_bytes(2) + question)
        return stream.read(int.from_bytes(stream.read(2)))
