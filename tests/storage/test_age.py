"""Files for somebody with a key elsewhere; Debian's age reads them, and we read its."""

import io
import os
import subprocess
from pathlib import Path

import pytest

from allmende.core.errors import InvalidInput, NotAllowed
from allmende.storage.age import (
    decrypting,
    encrypting,
    identities_in,
    new_identity,
    require_recipient,
)

TEXT = os.urandom(300_000)
IDENTITY, RECIPIENT = new_identity()


def encrypted(text: bytes = TEXT, *recipients: str) -> bytes:
    target = io.BytesIO()
    with encrypting(target, recipients or [RECIPIENT]) as file:
        for start in range(0, len(text), 70_000):
            file.write(text[start : start + 70_000])
    return target.getvalue()


def decrypted(source: bytes, identity: str = IDENTITY) -> bytes:
    with decrypting(io.BytesIO(source), [identity]) as file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 300_000])
def test_what_was_written_comes_back(size: int) -> None:
    assert decrypted(encrypted(TEXT[:size])) == TEXT[:size]


def test_each_of_several_recipients_can_read_it() -> None:
    other, for_other = new_identity()
    made = encrypted(TEXT, RECIPIENT, for_other)
    assert decrypted(made, other) == decrypted(made) == TEXT
    stranger, _ = new_identity()
    with pytest.raises(NotAllowed) as refused:
        decrypted(made, stranger)
    assert refused.value.message_id == "storage.wrong-backup-key"


@pytest.mark.parametrize("place", [5, 60, 130, 170, 400, 100_000, -1])
def test_a_changed_bit_is_noticed(place: int) -> None:
    made = bytearray(encrypted())
    made[place] ^= 1
    with pytest.raises((InvalidInput, NotAllowed)):
        decrypted(bytes(made))


@pytest.mark.parametrize("length", [0, 10, 100, 70_000, -65_552, -1])
def test_a_cut_file_is_noticed(length: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        decrypted(encrypted()[:length])
    assert refused.value.message_id == "storage.backup-damaged"


def test_a_file_that_goes_on_after_its_end_is_noticed() -> None:
    with pytest.raises(InvalidInput):
        decrypted(encrypted() + b"x")


def test_who_stops_reading_early_is_not_told_of_a_damage() -> None:
    with decrypting(io.BytesIO(encrypted()), [IDENTITY]) as file:
        assert file.read(10) == TEXT[:10]


def test_a_full_disk_is_told_as_such() -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space"),
        encrypting(full, [RECIPIENT]) as file,
    ):
        file.write(TEXT * 10)


def test_what_fails_while_writing_is_told_and_the_thread_ends() -> None:
    with pytest.raises(KeyError), encrypting(io.BytesIO(), [RECIPIENT]):
        raise KeyError


def test_what_was_left_is_not_whole() -> None:
    target = io.BytesIO()
    leaving = pytest.raises(ZeroDivisionError)
    with leaving, encrypting(target, [RECIPIENT]) as file:
        file.write(TEXT[: 1 // 0])
    with pytest.raises(InvalidInput):
        decrypted(target.getvalue())


def test_a_key_file_may_hold_remarks() -> None:
    other, _ = new_identity()
    assert identities_in(f"# made today\n\n{IDENTITY}\n  {other.lower()}  \n") == [
        IDENTITY,
        other.lower(),
    ]
    for text in ("", "# nothing\n", "AGE-SECRET-KEY-1BROKEN\n"):
        with pytest.raises(InvalidInput) as refused:
            identities_in(text)
        assert refused.value.message_id == "storage.key-refused"


@pytest.mark.parametrize(
    "text", ["", "age1", "ssh-ed25519 AAAA", IDENTITY], ids=["empty", "short", "ssh", "private"]
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_recipient(text)
    assert refused.value.message_id == "storage.recipient-refused"


@pytest.mark.interop
def test_debians_age_reads_ours_and_we_read_its(tmp_path: Path) -> None:
    key, file = tmp_path / "key", tmp_path / "x.age"
    key.write_text(IDENTITY + "\n")
    file.write_bytes(encrypted())
    said = subprocess.run(["/usr/bin/age", "-d", "-i", key, file], capture_output=True, check=True)
    assert said.stdout == TEXT
    made = subprocess.run(
        ["/usr/bin/age", "-r", RECIPIENT], input=TEXT, capture_output=True, check=True
    )
    assert decrypted(made.stdout) == TEXT
