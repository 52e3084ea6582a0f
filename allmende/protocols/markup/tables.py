"""Makes tables rectangular. The editor does it otherwise, and then each open editor for itself."""

from collections.abc import Iterator, Sequence

from allmende.protocols.markup.tree import (
    MAX_NODES,
    Cell,
    MarkupTooLarge,
    Paragraph,
    Row,
)


def rectangular(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return ``rows`` where each place belongs to one cell: spans cut, missing cells added.

    Cells take the next free place of their row, as in the HTML standard (4.9.12).
    Raises MarkupTooLarge.
    """
    busy: list[int] = []
    placed = []
    for number, row in enumerate(rows):
        placed.append(tuple(_placed(row, busy, len(rows) - number)))
        if len(busy) * len(rows) > MAX_NODES:
            raise MarkupTooLarge(f"a table of more than {MAX_NODES} cells")
    return tuple(_filled(placed, len(busy)))


def _placed(row: Row, busy: list[int], rows_left: int) -> Iterator[Cell]:
    """Yield the cells of ``row`` with spans that fit; ``busy``: rows that a column is taken for."""
    column = 0
    for cell in row.cells:
        while column < len(busy) and busy[column]:
            column += 1
        colspan, rowspan = 0, min(cell.rowspan, rows_left)
        while colspan < cell.colspan and (column >= len(busy) or not busy[column]):
            if column == len(busy):
                busy.append(0)
            busy[column] = rowspan
            column, colspan = column + 1, colspan + 1
        yield Cell(cell.blocks, cell.header, colspan, rowspan)
    for column, taken in enumerate(busy):
        busy[column] = max(taken - 1, 0)


def _filled(rows: Sequence[Sequence[Cell]], width: int) -> Iterator[Row]:
    """Add what is missing; all free places are behind the last cell of their row."""
    from_above = [0] * (len(rows) + 1)
    for number, cells in enumerate(rows):
        for cell in cells:
            for below in range(number + 1, number + cell.rowspan):
                from_above[below] += cell.colspan
        missing = width - from_above[number] - sum(cell.colspan for cell in cells)
        header = bool(cells) and all(cell.header for cell in cells)
        yield Row((*cells, *(Cell((Paragraph(),), header) for _ in range(missing))))
