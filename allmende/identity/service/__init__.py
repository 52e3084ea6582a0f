"""What may be done: accounts, sessions, groups, invites, rooms, links and guests."""

from allmende.identity.service.accounts import Accounts
from allmende.identity.service.app_passwords import AppPasswords
from allmende.identity.service.approvals import Approvals
from allmende.identity.service.certificates import Certificates
from allmende.identity.service.devices import Devices
from allmende.identity.service.ends import Ends
from allmende.identity.service.groups import Groups
from allmende.identity.service.handing import Handing
from allmende.identity.service.handouts import Handouts
from allmende.identity.service.leaving import Leavings
from allmende.identity.service.members import Members
from allmende.identity.service.natives import NativeGuests
from allmende.identity.service.offers import Offers
from allmende.identity.service.own import Owning
from allmende.identity.service.rooms import Rooms
from allmende.identity.service.temporary import TemporaryRooms

__all__ = ["IdentityService"]


class IdentityService(
    Accounts,
    AppPasswords,
    Certificates,
    Owning,
    Devices,
    Groups,
    Members,
    Offers,
    Approvals,
    Rooms,
    TemporaryRooms,
    NativeGuests,
    Ends,
    Handing,
    Handouts,
    Leavings,
):
    """Every way to accounts, groups and rooms goes through here, each part in its own file."""
