"""Two network namespaces of our own and a cable between them; nothing outside is touched."""

import base64
import hashlib
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.served import Served, served

SERVER_ADDRESS = "10.77.0.1"
PEOPLE_ADDRESS = "10.77.13.37"
"""Also the sentinel that must be found nowhere (test_privacy.py)."""

SETTINGS = f"""
domain = "{SERVER_ADDRESS}"
[web]
listen = ["{SERVER_ADDRESS}"]
[voice]
port = 0
[media]
udp_port = 0
tcp_port = 7882
packets_per_second = 30000
[limits]
open_rooms_per_hour = 1000
open_rooms_per_address = 1000
"""


@dataclass(frozen=True)
class Network:
    """Names of both namespaces; ``cable`` is the end in that of the people."""

    server: str
    people: str
    cable: str

    def inside(self, name: str) -> Sequence[str]:
        """Return the words before a command that runs in a namespace."""
        return ("ip", "netns", "exec", name)

    def facts(self) -> dict[str, list[list[str]]]:
        """Return what a story in the namespace of the people runs to break the network."""
        table = ["nft", "add", "table", "inet", "cut"]
        chains = [
            f"add chain inet cut {way} {{ type filter hook {way} priority 0; }}"
            for way in ("input", "output")
        ]
        rules = [f"add rule inet cut {way} meta l4proto udp drop" for way in ("input", "output")]
        return {
            "down": [["ip", "link", "set", self.cable, "down"]],
            "up": [["ip", "link", "set", self.cable, "up"]],
            "block": [table, *(["nft", line] for line in (*chains, *rules))],
            "open": [["nft", "delete", "table", "inet", "cut"]],
        }


def _ip(*words: str, check: bool = True) -> None:
    command = (shutil.which("ip") or "ip", *words)
    subprocess.run(command, check=check, capture_output=True, text=True)


@contextmanager
def network() -> Iterator[Network]:
    """Make both namespaces and the cable; at the end nothing is left. Needs root."""
    mark = secrets.token_hex(3)
    made = Network(f"allmende-server-{mark}", f"allmende-people-{mark}", f"people{mark}")
    try:
        for name in (made.server, made.people):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        ends = (("server", made.server, SERVER_ADDRESS), ("people", made.people, PEOPLE_ADDRESS))
        here, there = (f"{end}{mark}" for end, _, _ in ends)
        _ip("link", "add", here, "netns", made.server, "type", "veth",
            "peer", "name", there, "netns", made.people)  # fmt: skip
        for end, name, address in ends:
            _ip("-n", name, "address", "add", f"{address}/16", "dev", f"{end}{mark}")
            # An IPv6 address takes a second after each "up" to find out that nobody has it, and
            # browsers wait until addresses are settled. Here only IPv4 is wanted.
            _ip("-n", name, "link", "set", f"{end}{mark}", "addrgenmode", "none", "up")
        yield made
    finally:
        for name in (made.server, made.people):
            _ip("netns", "delete", name, check=False)


@contextmanager
def served_over(between: Network, folder: Path) -> Iterator[Served]:
    """Serve HTTPS with an authority of its own in the namespace of the server."""
    with served(folder, settings=SETTINGS, before=between.inside(between.server)) as server:
        assert server.url.startswith(f"https://{SERVER_ADDRESS}:")
        yield server


def key_hash(server: Served) -> str:
    """Return by what Chromium knows the server's key: its SHA-256, in base64."""
    pem = (server.data / "tls/server.pem").read_bytes()
    public = x509.load_pem_x509_certificate(pem).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
