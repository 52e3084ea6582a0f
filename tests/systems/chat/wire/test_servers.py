"""Two of our own servers over loopback, encrypted, with certificates of a test authority."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.servers import budget
from allmende.systems.chat.wire.servers.around import Around, Incoming
from allmende.systems.chat.wire.servers.policy import Federation, Policy
from allmende.systems.chat.wire.servers.problems import Reason
from allmende.systems.chat.wire.servers.reach import NetworkReach
from allmende.systems.chat.wire.servers.servers import Servers
from allmende.systems.chat.wire.servers.state import Proof, States
from allmende.transports.certificates import Certificates
from allmende.transports.egress import Outside
from allmende.transports.layers import PlainLayers
from allmende.transports.names import Srv
from allmende.transports.tasks import crew
from allmende.transports.tcp import TcpListener, serve_tcp
from allmende.transports.trust import Doubt, Trust
from allmende.transports.ways import choose_layers
from tests.systems.chat.wire.servers.town import until
from tests.transports.test_trust import Authority


@dataclass
class World:
    """Names lead to ports of loopback; one authority signs for all, but for whom it does not."""

    folder: Path
    authority: Authority = field(default_factory=lambda: Authority("root"))
    ports: dict[str, int] = field(default_factory=dict)

    def services(self, name: str) -> Sequence[Srv]:
        kind, _, domain = name.partition("._tcp.")
        if kind == "_xmpps-server" or domain not in self.ports:
            return []
        return [Srv(0, 0, self.ports[domain], "127.0.0.1")]

    def trust(self) -> Trust:
        file = self.folder / "root.pem"
        file.write_bytes(self.authority.certificate.public_bytes(Encoding.PEM))
        return Trust(file)

    def certificates(self, domain: str, days: int) -> Certificates:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(domain)])
        leaf = self.authority.sign(domain, key, names, days=days)
        certificate, keyfile = self.folder / f"{domain}.pem", self.folder / f"{domain}.key"
        certificate.write_bytes(leaf.public_bytes(Encoding.PEM))
        keyfile.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        store = Certificates()
        store.put([domain], certificate, keyfile)
        return store


@dataclass
class House:
    servers: Servers
    got: list[Incoming]
    listener: TcpListener

    def send(self, to: str, sender: str, body: bytes = b"") -> None:
        inner = b"<body>%s</body>" % body
        self.servers.take(Stanza("message", CLIENT, {"from": sender, "to": to}, inner))


@asynccontextmanager
async def house(
    world: World, domain: str, *, days: int = 30, dialback: bool = False
) -> AsyncIterator[House]:
    got: list[Incoming] = []

    async def take(incoming: Incoming) -> None:
        got.append(incoming)
        incoming.done()

    certificates = world.certificates(domain, days)
    around = Around(
        policy=Policy(domains=frozenset({domain}), federation=Federation.OPEN, dialback=dialback),
        reach=NetworkReach(lambda: world, Outside(["127.0.0.0/8"]), certificates),
        trust=world.trust(),
        states=States(),
        calls=budget.calls(asyncio.get_running_loop().time),
        take=take,
        secret=domain.encode(),
        language="de",
        now=lambda: datetime.now(UTC),
    )
    encrypted = choose_layers(certificates, "1.2").layers
    async with crew() as tasks:
        servers = Servers(around, tasks.start)
        async with serve_tcp(
            servers.serve, PlainLayers(), listen=["127.0.0.1"], port=0, upgrade=encrypted
        ) as listener:
            world.ports[domain] = listener.port
            yield House(servers, got, listener)
            servers.close()


def run(body: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(body)


def test_they_talk_both_ways_by_certificates(tmp_path: Path) -> None:
    async def story() -> None:
        world = World(tmp_path)
        async with (
            asyncio.timeout(20),
            house(world, "a.example") as a,
            house(world, "b.example") as b,
        ):
            large = b"x" * 200_000
            a.send("ben@b.example", "anna@a.example/phone", large)
            a.send("ben@b.example", "anna@a.example/phone", b"2")
            b.send("anna@a.example", "ben@b.example", b"3")
            await until(lambda: len(b.got) == 2 and len(a.got) == 1)
            assert b.got[0].stanza.inner == b"<body>%s</body>" % large
            assert b.servers.states.of("a.example").proof is Proof.CERTIFICATE
            assert a.servers.states.of("b.example").proof is Proof.CERTIFICATE
            assert a.listener.room.waiting == 0

    run(story())


def test_an_expired_certificate_is_not_believed(tmp_path: Path) -> None:
    async def story() -> None:
        world = World(tmp_path)
        async with (
            asyncio.timeout(20),
            house(world, "a.example") as a,
            house(world, "b.example", days=-1) as b,
        ):
            a.send("ben@b.example", "anna@a.example")
            b.send("anna@a.example", "ben@b.example")
            await until(lambda: bool(a.got) and bool(b.got))
            assert [one.stanza.type for one in (*a.got, *b.got)] == ["error", "error"]
            assert a.servers.states.of("b.example").doubt is Doubt.EXPIRED
            assert b.servers.states.of("a.example").error is Reason.REFUSED

    run(story())


def test_dialback_goes_over_tls(tmp_path: Path) -> None:
    async def story() -> None:
        world = World(tmp_path)
        async with (
            asyncio.timeout(20),
            house(world, "a.example", days=-1, dialback=True) as a,
            house(world, "b.example", days=-1, dialback=True) as b,
        ):
            a.send("ben@b.example", "anna@a.example")
            await until(lambda: bool(b.got))
            assert str(b.got[0].sender) == "anna@a.example"
            assert b.servers.states.of("a.example").proof is Proof.DIALBACK

    run(story())
