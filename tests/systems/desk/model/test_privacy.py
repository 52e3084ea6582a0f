"""Kinds of data: each says what, what for, how long and who, in both languages."""

import pytest

from allmende.systems.desk.model.privacy import KINDS, Promise, Setting, privacy_of
from allmende.webkit.i18n import Catalogues
from tests.webkit.house import LOCALE

USUAL = Setting(
    systems={"chat", "meet", "pads", "plenum"},
    chat_days=28,
    chat_most_days=730,
    sealed=False,
    postgres=False,
    backups=True,
)


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_kind_has_its_texts(language: str) -> None:
    texts = Catalogues.load(LOCALE)
    for kind in KINDS:
        for end in ("", "-why", "-who"):
            assert texts.text(language, f"desk.data-{kind.name}{end}")


def test_the_longest_of_its_tables_counts() -> None:
    promises = [Promise("event_log", 7, None), Promise("event_parked", 30, None)]
    kinds = {kind.name: kind.period for kind in privacy_of(promises, USUAL).kinds}
    assert kinds["log"] == ("desk.kept-days", {"n": 30})


def test_a_table_without_end_makes_the_kind_one_without_end() -> None:
    promises = [Promise("desk_notice", 30, None), Promise("desk_push_job", None, None)]
    kinds = {kind.name: kind.period for kind in privacy_of(promises, USUAL).kinds}
    assert kinds["notices"] == ("desk.kept-notices", {})


def test_messages_are_kept_as_the_operator_set_it() -> None:
    kinds = {kind.name: kind.period for kind in privacy_of([], USUAL).kinds}
    assert kinds["messages"] == ("desk.kept-messages", {"n": 28, "most": 730})
