"""For whom backups are encrypted."""

from pathlib import Path

import pytest

from allmende.core.errors import Conflict, InvalidInput
from allmende.storage.age import new_identity, recipient_of
from allmende.storage.recipients import RECIPIENTS_NAME, make_recipient, recipients_of


def test_the_identity_is_returned_and_only_the_recipient_stays(tmp_path: Path) -> None:
    data = tmp_path / "data"
    identity = make_recipient(data)
    assert recipients_of(data) == [recipient_of(identity)]
    assert (data / RECIPIENTS_NAME).read_text() == recipient_of(identity) + "\n"
    assert (data / RECIPIENTS_NAME).stat().st_mode & 0o777 == 0o644
    assert data.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in data.iterdir()] == [RECIPIENTS_NAME]


def test_a_second_one_is_made_on_purpose_only(tmp_path: Path) -> None:
    first = make_recipient(tmp_path)
    for given in ([], [recipient_of(new_identity()[0])]):
        with pytest.raises(Conflict) as refused:
            make_recipient(tmp_path, given)
        assert refused.value.message_id == "storage.recipient-exists"
    second = make_recipient(tmp_path, another=True)
    assert recipients_of(tmp_path) == [recipient_of(first), recipient_of(second)]


def test_one_in_the_configuration_counts_too(tmp_path: Path) -> None:
    _, given = new_identity()
    with pytest.raises(Conflict):
        make_recipient(tmp_path, [given])
    make_recipient(tmp_path, [given], another=True)
    (tmp_path / RECIPIENTS_NAME).write_text(f"# the safe\n\n{given}\n")
    assert recipients_of(tmp_path, [given]) == [given]


def test_a_line_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / RECIPIENTS_NAME).write_text("age1nothing\n")
    with pytest.raises(InvalidInput):
        recipients_of(tmp_path)
