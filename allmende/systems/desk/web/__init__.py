"""The pages of desk. None of them needs scripts, but for the start button's proof of work."""

from starlette.routing import Route

from allmende.identity.service import IdentityService
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.web.account import account_routes
from allmende.systems.desk.web.groups import group_routes
from allmende.systems.desk.web.guide import guide_routes
from allmende.systems.desk.web.invites import invite_routes
from allmende.systems.desk.web.kit import DeskKit
from allmende.systems.desk.web.rooms import room_routes
from allmende.systems.desk.web.start import start_routes

__all__ = ["DeskKit", "routes"]


def routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the paths of desk."""
    return [
        *start_routes(desk, identity, kit),
        *account_routes(identity, kit),
        *invite_routes(identity, kit),
        *group_routes(desk, identity, kit),
        *room_routes(desk, identity, kit),
        *guide_routes(kit),
    ]
