"""The certificate, with and without the fault each check is for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from allmende.app.certificates import acme_files
from allmende.app.doctor import certificates
from allmende.app.doctor.situation import Situation
from allmende.config import Tls, Web
from allmende.core.findings import Finding
from allmende.transports.acme.files import Standing
from allmende.transports.acme.problems import PROBLEMS
from allmende.transports.tls import OwnFiles, own_certificate
from tests.app.doctor.wounds import (
    BROKEN,
    GOOD,
    NAME,
    WARNING,
    FixedClock,
    public,
    remedy,
    told,
    with_config,
)

ALL: list[Callable[[Situation], Finding]] = [
    certificates.valid,
    certificates.names,
    certificates.chain,
    certificates.renewal,
    certificates.curves,
]


@pytest.fixture
def files(here: Situation) -> OwnFiles:
    return own_certificate(here.data / "given", [NAME], here.clock)


def given(here: Situation, files: OwnFiles, *, certificate: str = "", key: str = "") -> Situation:
    certificate, key = certificate or str(files.certificate), key or str(files.key)
    tls = Tls(mode="files", certificate=certificate, key=key)
    return with_config(here, domain=NAME, tls=tls)


@pytest.mark.parametrize("check", ALL)
def test_where_nothing_is_encrypted_all_is_well(
    here: Situation, check: Callable[[Situation], Finding]
) -> None:
    assert told(check(here))[0] is GOOD
    proxied = with_config(
        here, tls=Tls(mode="proxy"), web=Web(trusted_proxies=("127.0.0.1",)), domain=NAME
    )
    assert told(check(proxied))[0] is GOOD


@pytest.mark.parametrize("mode", ["own", "acme"])
@pytest.mark.parametrize("check", ALL)
def test_before_the_first_start_all_is_well(
    here: Situation, check: Callable[[Situation], Finding], mode: str
) -> None:
    assert told(check(public(here, mode)))[0] is GOOD


@pytest.mark.parametrize("check", ALL[:2])
def test_a_certificate_of_our_own_is_good(
    here: Situation, check: Callable[[Situation], Finding]
) -> None:
    own_certificate(here.data / "tls", [NAME], here.clock)
    assert told(check(public(here, "own")))[0] is GOOD


def test_given_files_are_looked_at(here: Situation, files: OwnFiles) -> None:
    assert told(certificates.valid(given(here, files)))[0] is GOOD
    assert told(certificates.names(given(here, files)))[0] is GOOD


def test_a_certificate_that_ends_soon_or_has_ended_is_found(
    here: Situation, files: OwnFiles
) -> None:
    here = given(here, files)
    soon = FixedClock(here.clock.now() + timedelta(days=357))
    state, says = told(certificates.valid(replace(here, clock=soon)))
    assert state is WARNING
    assert "ends in 6 days" in says or "ends in 7 days" in says
    late = FixedClock(here.clock.now() + timedelta(days=400))
    finding = certificates.valid(replace(here, clock=late))
    assert told(finding)[0] is BROKEN
    assert "systemctl reload" in remedy(finding)


def test_a_key_of_another_certificate_and_a_missing_file_are_found(
    here: Situation, files: OwnFiles, tmp_path: Path
) -> None:
    other = own_certificate(tmp_path / "other", [NAME], here.clock)
    wrong = given(here, files, key=str(other.key))
    missing = given(here, files, certificate="/nowhere.pem")
    for hurt in (wrong, missing):
        assert told(certificates.valid(hurt))[0] is BROKEN
    assert told(certificates.chain(missing))[0] is BROKEN


def test_a_name_that_is_missing_is_found(here: Situation, files: OwnFiles) -> None:
    hurt = with_config(given(here, files), domain="chat.example")
    assert told(certificates.names(hurt)) == (BROKEN, "It is not for chat.example.")


def test_a_wildcard_stands_for_one_label(here: Situation, tmp_path: Path) -> None:
    wild = own_certificate(tmp_path / "wild", ["*.example.org"], here.clock)
    for name, state in (("a.example.org", GOOD), ("a.b.example.org", BROKEN)):
        there = with_config(given(here, wild), domain=name)
        assert told(certificates.names(there))[0] is state


def test_a_file_that_is_no_certificate_is_found(here: Situation, files: OwnFiles) -> None:
    files.certificate.write_text("nonsense")
    assert told(certificates.names(given(here, files)))[0] is BROKEN
    assert told(certificates.chain(given(here, files)))[0] is BROKEN


def test_a_chain_is_whole_short_or_mixed_up(
    here: Situation, files: OwnFiles, tmp_path: Path
) -> None:
    leaf, above = files.certificate.read_bytes(), files.authority.read_bytes()
    other = own_certificate(tmp_path / "other", [NAME], here.clock).authority.read_bytes()
    for content, state in ((leaf + above, GOOD), (leaf, WARNING), (leaf + other, BROKEN)):
        files.certificate.write_bytes(content)
        finding = certificates.chain(given(here, files))
        assert told(finding)[0] is state
        if state is not GOOD:
            assert "fullchain.pem" in remedy(finding)


def test_who_renews_is_said(here: Situation, files: OwnFiles) -> None:
    assert "Another program renews it" in told(certificates.renewal(given(here, files)))[1]
    assert "by itself" in told(certificates.renewal(public(here, "own")))[1]
    due = here.clock.now() + timedelta(days=60)
    acme_files(here.data).keep_standing(Standing(renew_at=due))
    assert f"{due:%Y-%m-%d}" in told(certificates.renewal(public(here)))[1]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_reason_why_there_is_none_has_words(here: Situation, problem: str) -> None:
    next_try = here.clock.now() + timedelta(hours=1)
    standing = Standing(failures=3, problem=problem, next_try=next_try)
    acme_files(here.data).keep_standing(standing)
    state, says = told(certificates.renewal(public(here)))
    assert state is BROKEN
    assert f"{next_try:%Y-%m-%d %H:%M} UTC" in says
    assert "3" in says


def test_a_renewal_that_fails_while_there_is_time_is_a_warning(
    here: Situation, files: OwnFiles
) -> None:
    acme = acme_files(here.data)
    acme.keep_standing(Standing(failures=1, problem="dns"))
    acme.bundle(NAME).write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    assert told(certificates.renewal(public(here)))[0] is WARNING


def test_curves_that_cannot_be_restricted_are_found(
    here: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "restrict_groups", lambda _: False)
    assert told(certificates.curves(public(here)))[0] is WARNING
