"""What may be done: accounts, sessions, groups, invites, rooms, links and guests."""

from allmende.identity.service.accounts import Accounts
from allmende.identity.service.ends import Ends
from allmende.identity.service.groups import Groups
from allmende.identity.service.guests import Guests
from allmende.identity.service.rooms import Rooms

__all__ = ["IdentityService"]


class IdentityService(Accounts, Groups, Rooms, Guests, Ends):
    """Every way to accounts, groups and rooms goes through here, each part in its own file."""
