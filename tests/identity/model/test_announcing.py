"""Each change of membership has its sentence, with and without the name."""

from itertools import product

import pytest

from allmende.core.groups import Role
from allmende.identity.model.announcing import Change, read_change, sentences_of
from allmende.webkit.i18n import Catalogues
from tests.webkit.house import LOCALE

ROLES = ("", *(role.value for role in Role))
CHANGES = [
    Change(was, now, own, server)
    for was, now, (own, server) in product(
        ROLES, ROLES, [(True, False), (False, True), (False, False)]
    )
    if was != now
]


@pytest.mark.parametrize("change", [*CHANGES, Change()])
def test_every_change_reads_in_both_languages_and_names_nobody_to_foreign_eyes(
    change: Change,
) -> None:
    texts = Catalogues.load(LOCALE)
    for language, name in product(texts.languages, ("juno", "")):
        said = " ".join(
            texts.text(language, sentence, **values)
            for sentence, values in sentences_of(change, name)
        )
        assert "{" not in said
        assert ("juno" in said) == (bool(name) and change != Change())
    assert read_change(change.coded()) == change


def test_who_did_it_is_said_where_it_was_nobody_of_the_group() -> None:
    ids = [sentence for sentence, _ in sentences_of(Change("member", "", by_server=True), "juno")]
    assert ids == ["chat.removed", "chat.by-server"]
    ids = [sentence for sentence, _ in sentences_of(Change("member", "", own=True), "juno")]
    assert ids == ["chat.left"]
