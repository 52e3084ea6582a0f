"""People who come without a role on the server, and those who decide about them."""

from dataclasses import dataclass

from sqlalchemy import Connection

from allmende.core.accounts import Caller, ServerRole
from allmende.core.errors import AllmendeError
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.answers import SignedIn
from allmende.identity.model.registration import Mode
from allmende.identity.store import accounts
from tests.identity.town import GOOD, Town


@dataclass
class Arrivals:
    """Short ways into a town whose registration is what the test says."""

    town: Town

    def mode(self, mode: Mode, *, vouching: bool = True) -> None:
        """Choose the mode as the command line does."""
        self.town.run(self.town.identity.set_registration(None, mode, vouching=vouching))

    def member(self, name: str) -> Caller:
        """Somebody without a role, invited by the server."""
        new = self.town.run(self.town.identity.make_server_invite(ServerRole.NONE))
        return self.come(new.code, name).caller

    def old_member(self, name: str) -> Caller:
        """Somebody who is here for long enough to invite others."""
        who = self.member(name)
        self.town.clock.turn(days=8)
        return who

    def come(self, typed: str, name: str) -> SignedIn:
        """Come by an invite."""
        return self.town.run(self.town.identity.accept_invite(typed, name, GOOD))

    def sign_up(self, name: str) -> SignedIn:
        """Come over the web while that is open."""
        return self.town.run(self.town.identity.sign_up(name, GOOD))

    def ask(self, name: str, text: str = "Ich koche mit.") -> str:
        """Ask to be let in; return the key of the answer."""
        return self.town.run(self.town.identity.ask_for_account(name, GOOD, text))

    def state(self, name: str) -> AccountState | None:
        """What became of an account; None: there is none of that name."""

        def question(db: Connection) -> AccountState | None:
            found = accounts.find_account_by_name(db, name)
            return None if found is None else found.state

        return self.town.run(self.town.database.read(question))

    def signs_in(self, name: str) -> bool:
        """Whether the account lets its person in."""
        try:
            self.town.run(self.town.identity.sign_in(name, GOOD, brief=False))
        except AllmendeError:
            return False
        return True
