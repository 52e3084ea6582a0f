"""Who reads what, as the list of contacts says."""

from allmende.systems.chat.service.contacts import ContactService
from allmende.systems.chat.service.items import Reader
from allmende.systems.chat.service.readers import ContactReaders
from tests.systems.chat.conftest import Square
from tests.systems.chat.store.test_items import account


def test_fellows_see_each_other_and_strangers_nothing(square: Square) -> None:
    mara, juno, ida = (square.person(name) for name in ("mara", "juno", "ida"))
    square.group(mara, member=juno)
    contacts = ContactService(square.database, "x.example")
    readers = ContactReaders(contacts)

    def reader(address: str) -> Reader:
        return square.run(readers.reader(account(mara), address))

    assert reader("juno@x.example").sees
    assert reader("ida@x.example") == Reader()
    square.run(contacts.put(account(mara), "ida@x.example", "Ida", ["Werkstatt"]))
    assert reader("ida@x.example") == Reader(groups=frozenset({"Werkstatt"}))
    assert square.run(readers.reader(account(ida), "mara@x.example")) == Reader()
