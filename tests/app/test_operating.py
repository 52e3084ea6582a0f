"""What the operator's room is told of the files of the house."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from allmende.app.certificates import acme_files
from allmende.app.ground import Ground
from allmende.app.operating import backups_shown, certificate_shown, servers_shown
from allmende.config import Backup, Chat, Config, Tls, places_of
from allmende.core.clock import SystemClock
from allmende.storage.recipients import make_recipient
from allmende.storage.runs import Run, note_run
from allmende.systems.chat.wire.servers.problems import Reason
from allmende.systems.chat.wire.servers.state import Proof, States
from allmende.transports.acme.files import Standing
from allmende.transports.tls import own_certificate
from allmende.transports.trust import Doubt

NAME = "example.org"
CLOCK = SystemClock()


def ground(config: Config, data: Path) -> Ground:
    places, url = places_of(config), f"https://{NAME}"
    return Ground(config=config, places=places, data=data, clock=CLOCK, url=url)


def test_a_certificate_is_shown_by_where_it_comes_from(tmp_path: Path) -> None:
    assert certificate_shown(ground(Config(), tmp_path)).mode == "off"
    own = ground(Config(domain=NAME, tls=Tls(mode="own")), tmp_path)
    assert certificate_shown(own).names == ()
    own_certificate(tmp_path / "tls", [NAME], CLOCK)
    shown = certificate_shown(own)
    assert (shown.mode, shown.names, shown.record) == ("own", (NAME,), "")


def test_until_an_authority_has_given_one_that_is_said(tmp_path: Path) -> None:
    here = ground(Config(domain=NAME, tls=Tls(mode="acme")), tmp_path)
    own = own_certificate(tmp_path / "tls", [NAME], CLOCK)
    files, soon = acme_files(tmp_path), CLOCK.now() + timedelta(hours=1)
    files.keep_standing(Standing(failures=2, problem="dns", next_try=soon))
    shown = certificate_shown(here)
    assert (shown.is_waiting, shown.problem, shown.failures) == (True, "dns", 2)
    assert shown.next_try == soon
    assert shown.record.startswith("example.org. CAA 0 issue")
    files.bundle(NAME).write_bytes(own.certificate.read_bytes() + own.key.read_bytes())
    assert not certificate_shown(here).is_waiting


def test_the_last_backups_are_shown_newest_first(tmp_path: Path) -> None:
    here = ground(Config(), tmp_path)
    assert backups_shown(here).runs == []
    make_recipient(tmp_path)
    for hours in (30, 6):
        at = CLOCK.now() - timedelta(hours=hours)
        note_run(tmp_path, Run(at=at, file=f"{hours}.age", result="good", size_bytes=1_540_000))
    shown = backups_shown(here)
    assert [run.file for run in shown.runs] == ["6.age", "30.age"]
    assert (shown.runs[0].size_mb, shown.recipients) == (1.5, 1)
    assert shown.folder == "backups"
    elsewhere = replace(here, config=Config(backup=Backup(folder="/mnt/b", nightly=False)))
    assert (backups_shown(elsewhere).folder, backups_shown(elsewhere).is_nightly) == (
        "/mnt/b",
        False,
    )


def test_other_servers_are_shown_by_word(tmp_path: Path) -> None:
    states = States()
    states.opened("good.example", Proof.CERTIFICATE)
    states.doubted("bad.example", Doubt.EXPIRED)
    states.failed("bad.example", Reason.CERTIFICATE, CLOCK.now())
    shown = servers_shown(ground(Config(chat=Chat(federation="open")), tmp_path), states.all())
    bad, good = shown.servers
    assert (bad.error, bad.doubt, bad.proof) == ("certificate", "expired", "")
    assert (good.outgoing, good.proof, good.doubt, good.error) == (1, "certificate", "", "")
    assert shown.federation == "open"
