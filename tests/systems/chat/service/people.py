"""Two people of a town, and the service of their contacts."""

from collections.abc import Sequence

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.systems.chat.model.contacts import Act, Circle, Contact, Said
from allmende.systems.chat.service.contacts import ContactService, Party
from tests.identity.town import Town

DOMAIN = "x.example"


class People(Town):
    """anna and bea, who do not know each other."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.contacts = ContactService(self.database, DOMAIN)
        self.callers: dict[str, Caller] = {}
        self.anna, self.bea = self.party("anna"), self.party("bea")

    def party(self, name: str) -> Party:
        self.callers[name] = self.person(name)
        return Party(self.account(self.callers[name]), f"{name}@{DOMAIN}")

    def id_of(self, party: Party) -> AccountId:
        assert party.account_id is not None
        return party.account_id

    def say(self, me: Party, other: Party, act: Act, request: bytes = b"") -> Said:
        return self.run(self.contacts.say(me, other.address, act, request))

    def put(self, me: Party, address: str, name: str = "", labels: Sequence[str] = ()) -> None:
        self.run(self.contacts.put(self.id_of(me), address, name, labels))

    def circle(self, party: Party) -> Circle:
        return self.run(self.contacts.circle(self.id_of(party)))

    def sees(self, me: Party, other: Party) -> Contact:
        return self.circle(me).contact(other.address)
