from allmende.protocols.markup.tags import MARK_TAGS
from allmende.protocols.markup.tree import Mark


def test_each_mark_has_a_tag() -> None:
    assert set(MARK_TAGS.values()) == set(Mark)
