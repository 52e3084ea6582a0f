"""What is asked for of an archive."""

from allmende.systems.chat.model.history import MAX_PAGE, Asked


def test_a_page_has_a_limit() -> None:
    assert Asked(most=10**9).limit == MAX_PAGE
    assert Asked(most=-1).limit == 0


def test_a_page_before_something_is_read_backwards() -> None:
    assert not Asked(after="u").backwards
    assert Asked(before="u").backwards
    assert Asked(newest=True).backwards
