"""What the terminal shows. The server itself: tests/house/test_serve.py."""

import logging
import resource
from pathlib import Path

import pytest
from starlette.applications import Starlette

from allmende.app import House
from allmende.cli.serving import greeting, raise_file_limit, reload, terminal_qr
from allmende.core.clock import SystemClock
from allmende.transports.tls import context_of, own_certificate


def opened(invite: str | None = None, fingerprint: str = "") -> House:
    return House(
        app=Starlette(),
        url="https://example.org",
        port=443,
        invite=invite,
        fingerprint=fingerprint,
        context=None,
        certificate=None,
    )


def test_the_address_is_printed() -> None:
    assert greeting(opened()) == ["Allmende is ready at https://example.org"]


def test_the_first_invite_is_printed_with_a_code_for_a_phone() -> None:
    link = "https://example.org/i/abc"
    text = "\n".join(greeting(opened(invite=link)))
    assert link in text
    assert terminal_qr(link) in text


def test_our_own_authority_is_printed_with_its_fingerprint() -> None:
    text = "\n".join(greeting(opened(fingerprint="AB:CD")))
    assert "https://example.org/authority.pem" in text
    assert "AB:CD" in text


def test_a_code_is_a_square_of_blocks() -> None:
    rows = terminal_qr("https://example.org/i/abc").splitlines()
    assert len({len(row) for row in rows}) == 1
    assert len(rows[0]) // 2 <= len(rows) <= len(rows[0]) // 2 + 1
    assert set("".join(rows)) == set("█▀▄ ")


def test_a_wrong_certificate_is_refused_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = own_certificate(tmp_path, ["localhost"], SystemClock())
    house = House(
        app=Starlette(),
        url="",
        port=1,
        invite=None,
        fingerprint="",
        context=context_of(files.certificate, files.key),
        certificate=(files.certificate, files.key),
    )
    with caplog.at_level(logging.INFO, "allmende.house"):
        reload(house)
        files.key.write_text("nonsense")
        reload(house)
        reload(opened())
    first, second, third = (record.getMessage() for record in caplog.records)
    assert first == third == "certificate read again"
    assert second.startswith("certificate not changed")


def test_the_limit_of_open_files_is_raised() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1]), before[1]))
        raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(65536, before[1])
        raise_file_limit()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
