import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.markup.tables import rectangular
from allmende.protocols.markup.tree import MAX_NODES, Cell, MarkupTooLarge, Paragraph, Row

BLANK = (Paragraph(),)
cells = st.builds(Cell, st.just(BLANK), st.booleans(), st.integers(1, 4), st.integers(1, 4))
tables = st.lists(
    st.lists(cells, min_size=1, max_size=4).map(lambda found: Row(tuple(found))),
    min_size=1,
    max_size=5,
)


def places(rows: tuple[Row, ...]) -> list[tuple[int, int]]:
    """The places that cells take, as the HTML standard gives them out."""
    taken: list[tuple[int, int]] = []
    for y, row in enumerate(rows):
        x = 0
        for cell in row.cells:
            while (x, y) in taken:
                x += 1
            taken += [(x + dx, y + dy) for dx in range(cell.colspan) for dy in range(cell.rowspan)]
    return taken


@pytest.mark.slow
@given(tables)
def test_each_place_of_a_table_belongs_to_one_cell(rows: list[Row]) -> None:
    found = rectangular(rows)
    taken = places(found)
    width = max(x for x, _ in taken) + 1
    assert sorted(taken) == sorted((x, y) for x in range(width) for y in range(len(rows)))
    assert rectangular(found) == found


def test_missing_cells_are_added_at_the_end_of_their_row() -> None:
    wide = Row((Cell(BLANK, True), Cell(BLANK, True)))
    short = Row((Cell(BLANK),))
    assert rectangular([wide, short]) == (wide, Row((Cell(BLANK), Cell(BLANK))))


def test_spans_end_at_the_last_row_and_at_the_next_cell() -> None:
    tall = Cell(BLANK, rowspan=2)
    rows = [Row((Cell(BLANK), tall)), Row((Cell(BLANK, colspan=3, rowspan=9),))]
    assert rectangular(rows) == (Row((Cell(BLANK), tall)), Row((Cell(BLANK),)))


def test_a_table_that_would_become_too_large_is_refused() -> None:
    wide = Row((Cell(BLANK, colspan=100),) * 10)
    with pytest.raises(MarkupTooLarge):
        rectangular([wide] * (MAX_NODES // 1000 + 1))
