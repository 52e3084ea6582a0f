"""Neither the address nor the browser of people is anywhere on disk, in any spelling."""

import base64
import hashlib
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.network import PEOPLE_ADDRESS, key_hash, network, served_over
from tests.browser.stories import Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BROWSER = "Sentinelbrowser/7713.37 (Wachposten)"
CONTROL = "Kontrollwort Hagebutte"
"""Written in the chat, which is kept: a search that does not find it looks in wrong places."""


def spellings(text: str) -> Iterator[bytes]:
    """Yield a text as itself, in hex, in base64 wherever it begins, and hashed without a key."""
    raw = text.encode()
    yield raw
    yield from cased(raw.hex())
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw + b"\0" * 3)
        # The letters at both ends also depend on the neighbours.
        yield encoded[4 if before else 0 : len(encoded) - 8]
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, raw, usedforsecurity=False).digest()
        yield digest
        yield from cased(digest.hex())


def cased(text: str) -> Iterator[bytes]:
    yield text.lower().encode()
    yield text.upper().encode()


def numbers(address: str) -> Iterator[bytes]:
    """Yield an address as four bytes in both orders, in hex, in base64, and as a number."""
    packed = ipaddress.IPv4Address(address).packed
    yield packed
    yield packed[::-1]
    yield from cased(packed.hex())
    yield base64.b64encode(packed).rstrip(b"=")
    yield str(int(ipaddress.IPv4Address(address))).encode()


def found_in(folder: Path, wanted: set[bytes]) -> list[str]:
    return [
        f"{path.relative_to(folder)}: {needle!r}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for needle in wanted
        if needle in path.read_bytes()
    ]


def test_the_search_finds_every_spelling(tmp_path: Path) -> None:
    for number, needle in enumerate(sorted({*spellings(BROWSER), *numbers(PEOPLE_ADDRESS)})):
        (tmp_path / f"{number}").write_bytes(b"before" + needle + b"after")
        assert found_in(tmp_path, {needle})
    for before in range(3):
        text = base64.b64encode(b"x" * before + PEOPLE_ADDRESS.encode() + b"after")
        assert any(needle in text for needle in spellings(PEOPLE_ADDRESS))


@needs("ip", "nft")
def test_no_file_of_the_server_knows_where_people_were_or_with_what(
    tmp_path: Path, tell: Tell
) -> None:
    wanted = {*spellings(PEOPLE_ADDRESS), *spellings(BROWSER), *numbers(PEOPLE_ADDRESS)}
    with network() as between, served_over(between, tmp_path) as server:
        facts = {
            "url": server.url,
            "key": key_hash(server),
            "browser": BROWSER,
            "invite": server.invite,
            "control": CONTROL,
        }
        tell("privacy.mjs", facts, 200, between.inside(between.people))
        assert found_in(tmp_path, {CONTROL.encode()}), "the search looks in the wrong place"
        assert found_in(tmp_path, wanted) == []
        assert server.stop() == 0
    assert found_in(tmp_path, wanted) == []
