import pytest

from allmende.protocols.age import FileKey, header, public_key
from allmende.protocols.age.stanzas import FILE_KEY_BYTES

KEY = FileKey(b"k" * FILE_KEY_BYTES)
OWN = b"\x01" * 32
FOR = bytes(range(32))


def test_a_header_has_two_lines_for_each_recipient_and_a_sum() -> None:
    lines = header(KEY, [FOR, FOR], [OWN, b"\x02" * 32]).split(b"\n")
    assert lines[0] == b"age-encryption.org/v1"
    assert [line[:10] for line in lines[1:5:2]] == [b"-> X25519 "] * 2
    assert [len(line) for line in lines[2:5:2]] == [43, 43]
    assert lines[5].startswith(b"--- ")
    assert len(lines[5]) == 4 + 43
    assert lines[6:] == [b""]
    assert lines[1] != lines[3]


def test_the_same_is_made_of_the_same_and_other_keys_make_another() -> None:
    assert header(KEY, [FOR], [OWN]) == header(KEY, [FOR], [OWN])
    assert header(KEY, [FOR], [OWN]) != header(FileKey(b"l" * 16), [FOR], [OWN])


def test_a_key_with_which_nobody_is_kept_out_is_refused() -> None:
    with pytest.raises(ValueError, match="shared key"):
        header(KEY, [bytes(32)], [OWN])


def test_header_and_payload_have_keys_of_their_own() -> None:
    keys = {KEY.for_header(), KEY.for_payload(b"n" * 16), KEY.for_payload(b"m" * 16), KEY.secret}
    assert len(keys) == 4


def test_a_key_is_of_one_length_and_is_not_shown() -> None:
    with pytest.raises(ValueError, match="16"):
        FileKey(b"short")
    assert "kkk" not in repr(KEY)


def test_each_recipient_has_a_private_key_of_ours() -> None:
    known = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    with pytest.raises(ValueError, match="shorter"):
        header(KEY, [FOR, public_key(known)], [OWN])
