from allmende.protocols.markup import tree


def test_a_cell_has_the_name_of_its_node() -> None:
    assert tree.Cell((), header=True).name == "tableHeader"
    assert tree.Cell(()).name == "tableCell"


def test_trees_are_values() -> None:
    one = tree.Paragraph((tree.Text("a", frozenset({tree.Mark.BOLD})),))
    assert one == tree.Paragraph((tree.Text("a", frozenset({tree.Mark.BOLD})),))
    assert len({one, tree.Paragraph(), tree.Paragraph()}) == 2
