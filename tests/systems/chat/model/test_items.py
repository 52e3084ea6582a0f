"""What a node may be called, hold and be set to."""

from dataclasses import replace

import pytest

from allmende.core.errors import InvalidInput, QuotaExceeded
from allmende.systems.chat.model.items import (
    MAX_CONTACT_GROUPS,
    MAX_ITEM_BYTES,
    MAX_NAME_BYTES,
    MAX_TITLE_CHARS,
    USUAL,
    clean_name,
    clean_options,
    clean_payload,
)


def test_names_have_an_end_and_are_not_empty() -> None:
    assert clean_name("ä" * (MAX_NAME_BYTES // 2)).startswith("ä")
    for name in ("", "ä" * MAX_NAME_BYTES):
        with pytest.raises(InvalidInput, match=r"chat\.name-refused"):
            clean_name(name)


def test_items_have_an_end() -> None:
    assert clean_payload(b"x" * MAX_ITEM_BYTES)
    with pytest.raises(QuotaExceeded, match=r"chat\.item-too-large"):
        clean_payload(b"x" * (MAX_ITEM_BYTES + 1))


def test_options_have_limits() -> None:
    assert clean_options(USUAL) is USUAL
    for refused in (
        replace(USUAL, max_items=0),
        replace(USUAL, title="t" * (MAX_TITLE_CHARS + 1)),
        replace(USUAL, kind="k" * (MAX_NAME_BYTES + 1)),
        replace(USUAL, contact_groups=("g",) * (MAX_CONTACT_GROUPS + 1)),
        replace(USUAL, contact_groups=("g" * (MAX_NAME_BYTES + 1),)),
    ):
        with pytest.raises(InvalidInput, match=r"chat\.options-refused"):
            clean_options(refused)
