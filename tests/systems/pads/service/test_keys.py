"""The key of pads: tokens that cannot be guessed from the database, and a file only we read."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from allmende.core.ids import PadId
from allmende.identity.model.tokens import token_hash
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, PadLink, PadLinkId
from allmende.systems.pads.service.keys import KEY_BYTES, Keys, read_key
from tests.identity.town import BEGINNING

LINK = PadLink(PadLinkId(1), PadId(2), Capability.READ, "", BEGINNING, None, None)


def test_a_token_is_always_the_same_and_another_for_every_link_and_key() -> None:
    keys = Keys(b"k" * KEY_BYTES)
    token = keys.token(LINK)
    assert token == keys.token(replace(LINK, label="Camp", capability=Capability.ADMIN))
    assert keys.hash_of(LINK) == token_hash(token)
    assert Address(f"r.{token}").token == token
    later = BEGINNING + timedelta(microseconds=1)
    others = {
        keys.token(replace(LINK, id=PadLinkId(3))),
        keys.token(replace(LINK, pad_id=PadId(3))),
        keys.token(replace(LINK, created_at=later)),
        Keys(b"x" * KEY_BYTES).token(LINK),
    }
    assert len(others | {token}) == 5


def test_a_guest_is_somebody_else_in_every_pad() -> None:
    keys = Keys(b"k" * KEY_BYTES)
    hashes = {keys.guest_hash(PadId(n), who) for n in (1, 2) for who in ("rabe", "elster")}
    assert len(hashes) == 4
    assert keys.place_hash("n:plan") not in hashes


def test_the_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "pads.key"
    key = read_key(path)
    assert len(key) == KEY_BYTES
    assert read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pads.key"
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="is not a key"):
        read_key(path)
