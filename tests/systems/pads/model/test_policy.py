"""When a pad ends, and what its label says for every setting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from allmende.core.ids import GroupId, PadId, RoomId
from allmende.systems.pads.model.pad import History, Kind, Pad, Whom
from allmende.systems.pads.model.policy import end_of, ends_soon, is_over, pad_label
from allmende.webkit.i18n import Catalogues
from tests.webkit.house import LOCALE

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
PAD = Pad(
    PadId(1), "n:plan", "plan", None, None, Kind.RICH, "", 1, "Plan", Whom.LINK, Whom.LINK,
    False, History.FULL, False, 30, NOW, NOW, NOW + timedelta(days=30), 1, 0, 10, 0, "",
)  # fmt: skip


def test_editing_moves_the_end_and_opening_does_not() -> None:
    assert end_of(PAD) == NOW + timedelta(days=30)
    later = replace(PAD, edited_at=NOW + timedelta(days=3))
    assert end_of(later) == NOW + timedelta(days=33)
    assert not is_over(later, NOW + timedelta(days=32, hours=23))
    assert is_over(later, NOW + timedelta(days=33))


def test_a_pad_that_nobody_wrote_in_ends_when_its_row_says() -> None:
    empty = replace(PAD, edited_at=None, ends_at=NOW + timedelta(hours=24))
    assert end_of(empty) == NOW + timedelta(hours=24)
    assert not ends_soon(empty, NOW)
    assert ends_soon(empty, NOW + timedelta(hours=22))


def test_pads_of_rooms_and_those_kept_by_a_group_never_end() -> None:
    for kept in (replace(PAD, room_id=RoomId(1)), replace(PAD, expiry_days=None)):
        assert end_of(kept) is None
        assert not is_over(kept, NOW + timedelta(days=9999))
        assert not ends_soon(kept, NOW)


@pytest.mark.parametrize(("days", "before"), [(30, timedelta(days=7)), (1, timedelta(hours=2))])
def test_the_page_warns_in_time(days: int, before: timedelta) -> None:
    pad = replace(PAD, expiry_days=days)
    end = NOW + timedelta(days=days)
    assert not ends_soon(pad, end - before - timedelta(minutes=1))
    assert ends_soon(pad, end - before)


def test_every_combination_has_a_label_that_says_its_settings() -> None:
    catalogues = Catalogues.load(LOCALE)
    places = [(None, None), (GroupId(1), None), (None, RoomId(1))]
    labels = set()
    for (group, room), edits, reads, history, locked, days in product(
        places, Whom, Whom, History, (False, True), (1, 30, None)
    ):
        pad = replace(
            PAD, group_id=group, room_id=room, who_edits=edits, who_reads=reads,
            history=history, locked=locked, expiry_days=days,
        )  # fmt: skip
        ids = [message_id for message_id, _ in pad_label(pad)]
        for language in catalogues.languages:
            said = " ".join(
                catalogues.text(language, message_id, **values)
                for message_id, values in pad_label(pad)
            )
            assert "{" not in said
            labels.add(said)
        assert ("pads.label-locked" in ids) == locked
        assert f"pads.label-history-{history}" in ids
        assert ("pads.label-room" in ids) == ("pads.label-with-room" in ids) == (room is not None)
        assert ("pads.label-address-writes" in ids) == (room is None and edits is Whom.LINK)
        is_public = {"pads.label-address-writes", "pads.label-address-reads"} | {
            "pads.label-group-public"
        }
        opens = Whom.LINK in (edits, reads) and room is None
        assert bool(is_public & set(ids)) == opens
        assert "pads.label-operators" in ids
    assert len(labels) > 50
