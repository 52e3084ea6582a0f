"""The operator's room: who gets in, what it says; nobody's name is in it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from allmende.core.findings import Finding, Round, broken, good, warning
from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.store.passkeys import add_passkey
from allmende.systems.desk.model.operating import (
    BackupShown,
    BackupsShown,
    CertificateShown,
    ServerShown,
    ServersShown,
)
from allmende.systems.desk.service.operating import OperatingService
from allmende.systems.desk.web.operator import not_good, operator_routes
from tests.systems.desk.hall import Hall, Visitor

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
FOUND: Sequence[Finding] = (
    good("machine.web-client", "check.client-good"),
    warning("people.operators", "check.operators-few", "check.operators-remedy", n=1),
    broken("backup.newest", "check.backup-old", "check.backup-remedy", hours=51),
)
PAGES = ("/op", "/check", "/op/certificate", "/op/backups", "/op/servers")


class FakeMachinery:
    """A house that knows what it is told."""

    def __init__(self) -> None:
        self.looks = 0
        self.found: Sequence[Finding] | None = None
        self.certificate_is = CertificateShown(mode="off")
        self.backups_are = BackupsShown(folder="/b", is_nightly=True, recipients=0, runs=())
        self.servers_are = ServersShown(federation="closed")

    @property
    def last_round(self) -> Round | None:
        return None if self.found is None else Round(AT, self.found)

    async def look(self) -> Round:
        self.looks += 1
        self.found = FOUND
        return Round(AT, FOUND)

    async def certificate(self) -> CertificateShown:
        return self.certificate_is

    async def backups(self) -> BackupsShown:
        return self.backups_are

    async def servers(self) -> ServersShown:
        return self.servers_are


@pytest.fixture
def machinery() -> FakeMachinery:
    return FakeMachinery()


@pytest.fixture
def room(hall: Hall, machinery: FakeMachinery) -> Hall:
    """The hall with the operator's room."""
    service = OperatingService(hall.database, machinery)
    areas = ("people", "backup", "machine")
    hall.app.router.routes.extend(operator_routes(service, hall.kit, areas))
    return hall


def operator(hall: Hall) -> Visitor:
    """Somebody who runs the server and has proven it with more than a password."""
    visitor, who = hall.member("olga")
    account, now = hall.town.account(who), hall.town.clock.now()
    passkey = NewPasskey(b"", b"olga".hex(), 0, "fern")
    hall.town.run(hall.database.write(lambda db: add_passkey(db, account, passkey, now)))
    return visitor


@pytest.mark.parametrize("path", PAGES)
def test_strangers_and_members_do_not_get_in(room: Hall, path: str) -> None:
    room.visitor().get(path, 401)
    visitor, _ = room.member("mara")
    visitor.get(path, 303)
    assert visitor.seen.headers["location"].startswith("/me/confirm")


@pytest.mark.parametrize("path", PAGES)
def test_operators_get_in(room: Hall, machinery: FakeMachinery, path: str) -> None:
    page = operator(room).get(path)
    assert f'href="{path}" aria-current="page"' in page
    assert "olga" not in page.partition("<main")[2].partition("</main>")[0]


def test_what_is_to_be_done_stands_first(room: Hall, machinery: FakeMachinery) -> None:
    visitor = operator(room)
    assert "noch nicht nachgesehen" in visitor.get("/op")
    machinery.found = FOUND
    page = visitor.get("/op")
    assert page.index("51 Stunden alt") < page.index("Zwei sind sicherer")
    assert "allmende backup --drill" in page
    assert "Die Seiten sind vollständig" not in page
    machinery.found = FOUND[:1]
    assert "Alles ist in Ordnung." in visitor.get("/op")


def test_the_doctor_looks_when_asked(room: Hall, machinery: FakeMachinery) -> None:
    visitor = operator(room)
    visitor.get("/check")
    assert visitor.post("/check") == "/check"
    assert machinery.looks == 1
    page = visitor.get("/check")
    for text in ("Menschen", "Die Seiten sind vollständig.", "backup.newest", "kaputt"):
        assert text in page
    stranger = room.visitor()
    stranger.post("/check", status=401)
    assert machinery.looks == 1


def test_the_certificate_is_shown_with_what_stops_it(room: Hall, machinery: FakeMachinery) -> None:
    visitor = operator(room)
    assert "braucht kein Zertifikat" in visitor.get("/op/certificate")
    machinery.certificate_is = CertificateShown(
        mode="acme",
        names=("house.example",),
        ends=AT,
        is_waiting=True,
        renew_at=AT,
        problem="dns",
        failures=2,
        next_try=AT,
        record='house.example. CAA 0 issue "ca.example"',
    )
    page = visitor.get("/op/certificate")
    for text in ("Noch kein Zertifikat", "house.example führt nirgendwohin (Versuch 2)", "CAA 0"):
        assert text in page
    for mode in ("files", "own", "proxy"):
        machinery.certificate_is = CertificateShown(mode=mode)
        visitor.get("/op/certificate")


def test_the_backups_are_shown_with_what_became_of_them(
    room: Hall, machinery: FakeMachinery
) -> None:
    visitor = operator(room)
    assert "allmende backup key" in visitor.get("/op/backups")
    runs = [
        BackupShown(at=AT, file=f"{result}.age", result=result, size_mb=1.5)
        for result in ("good", "undrilled", "failed")
    ]
    machinery.backups_are = BackupsShown(folder="/b", is_nightly=False, recipients=1, runs=runs)
    page = visitor.get("/op/backups")
    for text in (
        "good.age",
        "1,5 MB",
        "eingespielt und verglichen",
        "nicht probiert",
        "misslungen",
    ):
        assert text in page
    assert "Nächtliche Sicherungen sind ausgeschaltet." in page


def test_other_servers_are_shown_with_what_is_wrong_and_who_writes_is_not(
    room: Hall, machinery: FakeMachinery
) -> None:
    visitor = operator(room)
    assert "Chats bleiben auf diesem Server" in visitor.get("/op/servers")
    machinery.servers_are = ServersShown(federation="open")
    assert "Noch kein anderer Server" in visitor.get("/op/servers")
    servers = [
        ServerShown(domain="good.example", incoming=1, outgoing=2, proof="certificate"),
        ServerShown(domain="bad.example", queued=3, error="certificate", doubt="expired",
                    failed_at=AT),
    ]  # fmt: skip
    machinery.servers_are = ServersShown(federation="allies", servers=servers)
    page = visitor.get("/op/servers")
    for text in (
        "good.example",
        "Verbindungen herein 1, hinaus 2; wartende Nachrichten 0",
        "mit gültigem Zertifikat",
        "Zertifikat nicht anerkannt",
        "Zertifikat abgelaufen",
    ):
        assert text in page


def test_the_worst_comes_first() -> None:
    assert [each.name for each in not_good(Round(AT, FOUND))] == [
        "backup.newest",
        "people.operators",
    ]


def test_the_service_asks_each_time(hall: Hall, machinery: FakeMachinery) -> None:
    service = OperatingService(hall.database, machinery)
    who = hall.town.operator("juno")
    assert asyncio.run(service.last_round(who)) is None
    assert asyncio.run(service.look(who)).findings == FOUND
