"""The key of the house: made once, kept whole, and never made again over what it alone opens."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from allmende.core.errors import Conflict
from allmende.storage.vault import (
    Cost,
    HouseKeys,
    Sealed,
    WrongPassphrase,
    key_path,
    keys_of,
    load_keys,
    make_key,
    mode_of,
    require_nothing_locked,
    seal,
    unseal,
)

WORDS = "ofen wolke sieben tasse regal moos"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return key_path(tmp_path)


def message_of(refused: pytest.ExceptionInfo[Conflict]) -> str:
    return refused.value.message_id


def test_the_first_start_makes_a_key_that_is_ours_alone(file: Path, tmp_path: Path) -> None:
    keys = load_keys(file, data=tmp_path)
    assert file == tmp_path / "keys/house.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["house.key"]
    assert load_keys(file, data=tmp_path) == keys
    assert mode_of(file) == "key-file"


def test_keys_differ_from_each_other_and_are_not_shown() -> None:
    keys = keys_of(bytes(32))
    assert len({keys.database, keys.blobs, bytes(32)}) == 3
    assert {len(keys.database), len(keys.blobs)} == {32}
    assert keys == keys_of(bytes(32)) != keys_of(bytes(31) + b"\1")
    assert repr(keys) == "HouseKeys()"


def test_the_configuration_may_put_the_key_elsewhere(tmp_path: Path) -> None:
    assert key_path(tmp_path, "/run/credentials/key") == Path("/run/credentials/key")


def test_of_many_that_start_at_once_all_have_the_same_key(file: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found: list[HouseKeys] = list(threads.map(lambda _: load_keys(file), range(16)))
    assert len({keys.database for keys in found}) == 1
    assert [path.name for path in file.parent.iterdir()] == ["house.key"]


@pytest.mark.parametrize("kept", ["allmende.db", "blobs/ab/cd/abcd"])
def test_without_its_key_a_house_is_refused_and_no_new_key_is_made(
    file: Path, tmp_path: Path, kept: str
) -> None:
    (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / kept).write_bytes(os.urandom(4096))
    with pytest.raises(Conflict) as refused:
        load_keys(file, data=tmp_path)
    assert message_of(refused) == "storage.key-missing"
    assert refused.value.values == {"file": str(file)}
    assert not file.exists()


def test_a_plain_database_of_an_older_release_needs_no_older_key(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "allmende.db").write_bytes(b"SQLite format 3\0" + bytes(4080))
    require_nothing_locked(file, tmp_path)
    (tmp_path / "allmende.db").write_bytes(b"")
    require_nothing_locked(file, tmp_path)
    assert len(load_keys(file, data=tmp_path).database) == 32


def test_a_sealed_key_needs_its_passphrase(file: Path) -> None:
    keys = load_keys(file)
    seal(file, WORDS, cost=CHEAP)
    assert mode_of(file) == "sealed"
    with pytest.raises(Sealed):
        load_keys(file)
    with pytest.raises(WrongPassphrase):
        load_keys(file, passphrase=WORDS + "x")
    assert load_keys(file, passphrase=WORDS) == keys
    assert load_keys(file, passphrase=f"  {WORDS.replace(' ', '   ')}\n", mode="sealed") == keys
    assert file.stat().st_mode & 0o777 == 0o600


def test_sealing_leaves_nothing_of_the_open_key_in_the_old_file(file: Path) -> None:
    load_keys(file)
    before = file.read_bytes()
    with file.open("rb") as old:
        seal(file, WORDS, cost=CHEAP)
        assert old.read() == bytes(len(before))
    assert before not in file.read_bytes()


def test_a_passphrase_is_changed_and_taken_away_by_who_knows_it(file: Path) -> None:
    keys = load_keys(file)
    seal(file, WORDS, cost=CHEAP)
    with pytest.raises(Sealed):
        seal(file, "another one", cost=CHEAP)
    with pytest.raises(WrongPassphrase):
        seal(file, "another one", known="wrong", cost=CHEAP)
    seal(file, "another one", known=WORDS, cost=CHEAP)
    with pytest.raises(WrongPassphrase):
        unseal(file, WORDS)
    unseal(file, "another one")
    assert mode_of(file) == "key-file"
    assert load_keys(file) == keys


def test_a_house_that_is_to_be_sealed_does_not_start_with_an_open_key(file: Path) -> None:
    with pytest.raises(Conflict) as refused:
        load_keys(file, mode="sealed")
    assert message_of(refused) == "storage.no-passphrase"
    assert mode_of(file) is None
    make_key(file, mode="sealed", passphrase=WORDS, cost=CHEAP)
    assert load_keys(file, mode="sealed", passphrase=WORDS) == load_keys(file, passphrase=WORDS)
    unseal(file, WORDS)
    with pytest.raises(Conflict) as refused:
        load_keys(file, mode="sealed")
    assert message_of(refused) == "storage.key-open"


def test_a_key_is_never_made_over_another(file: Path) -> None:
    make_key(file)
    with pytest.raises(Conflict) as refused:
        make_key(file)
    assert message_of(refused) == "storage.key-exists"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff\xfe",
        b'{"type":"key-file","format":2,"key":"AAAA"}',
        b'{"type":"key-file","format":1,"key":"AAAA"}',
        b'{"type":"key-file","format":1,"key":"AAAA","more":1}',
        b'{"type":"sealed","format":1,"salt":"AAAAAAAAAAAAAAAA","memory_kib":99999999,"passes":1,'
        b'"lanes":1,"nonce":"AAAAAAAAAAAAAAAA","key":"AAAA"}',
    ],
)
def test_a_damaged_key_is_named(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(Conflict) as refused:
        load_keys(file)
    assert message_of(refused) == "storage.key-damaged"


def test_each_part_of_a_sealed_key_is_bound_to_the_others(file: Path) -> None:
    load_keys(file)
    seal(file, WORDS, cost=CHEAP)
    kept = file.read_bytes()
    file.write_bytes(kept.replace(b'"passes":1', b'"passes":2'))
    with pytest.raises(WrongPassphrase):
        load_keys(file, passphrase=WORDS)
