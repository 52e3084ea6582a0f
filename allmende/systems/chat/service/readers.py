"""How others stand to the owner of a node: their list of contacts says it."""

from allmende.core.ids import AccountId
from allmende.systems.chat.service.contacts import ContactService
from allmende.systems.chat.service.items import Reader


class ContactReaders:
    """Is the `items.Knowing` of the house."""

    def __init__(self, contacts: ContactService) -> None:
        self._contacts = contacts

    async def reader(self, owner: AccountId, address: str) -> Reader:
        """Return how ``address``, who is not the owner, stands to ``owner``."""
        circle = await self._contacts.circle(owner)
        contact = circle.contact(address)
        groups = frozenset(contact.labels) if contact.is_shown else frozenset[str]()
        return Reader(sees=contact.standing.seen or contact.fellow, groups=groups)
