"""What the terminal shows. The server itself: tests/house/test_serve.py."""

import asyncio
import gc
import logging
import resource
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette

from allmende.app import House
from allmende.app.ground import Ground
from allmende.cli.serving import (
    first_of,
    greeting,
    keep_what_is_there,
    key_sentences,
    locked_greeting,
    raise_file_limit,
    reload,
    terminal_qr,
)
from allmende.config import Config, places_of
from allmende.config.sections import Database
from allmende.core.clock import SystemClock
from allmende.transports.certificates import Certificates
from allmende.transports.tls import own_certificate


def opened(invite: str | None = None, fingerprint: str = "") -> House:
    return House(
        app=Starlette(),
        url="https://example.org",
        port=443,
        invite=invite,
        fingerprint=fingerprint,
        certificates=None,
        keeping=None,
    )


def test_what_lives_since_the_start_is_not_walked_again() -> None:
    keep_what_is_there()
    try:
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


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


def ground(config: Config) -> Ground:
    return Ground(
        config=config,
        places=places_of(config),
        data=Path("/srv/data"),
        clock=SystemClock(),
        url="https://example.org",
    )


def test_a_locked_house_says_how_it_is_unlocked() -> None:
    text = "\n".join(locked_greeting(ground(Config())))
    assert "https://example.org/unlock" in text
    assert "allmende unlock --data /srv/data" in text


def test_the_first_start_says_in_two_sentences_what_the_key_protects() -> None:
    text = " ".join(key_sentences(ground(Config())))
    assert "/srv/data/keys/house.key" in text
    assert "not a machine that is taken with its disk" in text
    assert "allmende key seal" in text
    on_postgres = ground(Config(database=Database(url="postgresql://x")))
    assert "encrypted volume" in " ".join(key_sentences(on_postgres))


def test_what_happens_first_is_what_counts() -> None:
    async def story() -> None:
        slow, fast = asyncio.Event(), asyncio.Event()
        fast.set()
        assert await first_of(slow, fast) is fast
        assert await first_of(fast, slow) is fast

    asyncio.run(story())


def test_a_code_is_a_square_of_blocks() -> None:
    rows = terminal_qr("https://example.org/i/abc").splitlines()
    assert len({len(row) for row in rows}) == 1
    assert len(rows[0]) // 2 <= len(rows) <= len(rows[0]) // 2 + 1
    assert set("".join(rows)) == set("█▀▄ ")


def test_a_wrong_certificate_is_refused_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = own_certificate(tmp_path, ["localhost"], SystemClock())
    store = Certificates()
    store.put(["localhost"], files.certificate, files.key)
    house = replace(opened(), certificates=store)
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
