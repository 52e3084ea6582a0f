from allmende.systems.pads.model.authors import AuthorTable
from allmende.systems.pads.model.pad import AuthorId
from tests.systems.pads.model.pens import author


def test_who_wrote_what_is_told_for_the_clients_that_matter() -> None:
    table = AuthorTable([author(1, "Anna"), author(2)], {7: AuthorId(1), 8: AuthorId(2)}, [8])
    table.bind(9, AuthorId(2))
    assert table.clients([7, 8, 9, 10]) == {"7": 1, "9": 2}
    assert table.authors_of([9, 7, 8]) == [2, 1]
    assert table.author_of(8) == 2
    assert table.author_of(10) is None


def test_without_a_name_people_are_numbered_in_the_order_they_came() -> None:
    table = AuthorTable([author(12), author(3, "Anna")], {})
    table.put(author(40))
    table.put(author(12, "Zoe"))
    assert table.people([AuthorId(3), AuthorId(12), AuthorId(40)]) == {
        "3": {"name": "Anna", "colour": 3, "number": 1},
        "12": {"name": "Zoe", "colour": 12, "number": 2},
        "40": {"name": "", "colour": 16, "number": 3},
    }


def test_somebody_forgotten_is_shown_without_name_and_number() -> None:
    assert AuthorTable([], {}).person(AuthorId(5)) == {"name": "", "colour": 0, "number": 0}


def test_hidden_clients_stay_hidden_and_new_ones_are_shown() -> None:
    table = AuthorTable([author(1)], {7: AuthorId(1)})
    table.hide_all()
    table.bind(8, AuthorId(1))
    assert table.clients([7, 8]) == {"8": 1}
