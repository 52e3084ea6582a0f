"""The pages of desk. None of them needs scripts, but for the start button's proof of work."""

from starlette.routing import Route

from allmende.identity.service import IdentityService
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.web.account import account_routes
from allmende.systems.desk.web.certificates import certificate_routes
from allmende.systems.desk.web.devices import device_routes
from allmende.systems.desk.web.groupapi import group_api_routes
from allmende.systems.desk.web.grouprules import rule_routes
from allmende.systems.desk.web.groups import group_routes
from allmende.systems.desk.web.guide import guide_routes
from allmende.systems.desk.web.handouts import handout_routes
from allmende.systems.desk.web.invites import invite_routes
from allmende.systems.desk.web.keys import key_routes
from allmende.systems.desk.web.kit import DeskKit
from allmende.systems.desk.web.leaving import leaving_routes
from allmende.systems.desk.web.members import member_routes
from allmende.systems.desk.web.privacy import privacy_routes
from allmende.systems.desk.web.queue import queue_routes
from allmende.systems.desk.web.recovery import recovery_routes
from allmende.systems.desk.web.registration import registration_routes
from allmende.systems.desk.web.rooms import room_routes
from allmende.systems.desk.web.secondstep import second_step_routes
from allmende.systems.desk.web.security import security_routes
from allmende.systems.desk.web.signup import signup_routes
from allmende.systems.desk.web.start import start_routes

__all__ = ["DeskKit", "routes"]


def routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the paths of desk."""
    return [
        *start_routes(desk, identity, kit),
        *account_routes(identity, kit),
        *security_routes(identity, kit),
        *second_step_routes(identity, kit),
        *recovery_routes(identity, kit),
        *device_routes(identity, kit),
        *key_routes(identity, kit),
        *certificate_routes(identity, kit),
        *invite_routes(identity, kit),
        *signup_routes(identity, kit),
        *queue_routes(identity, kit),
        *registration_routes(identity, kit),
        *handout_routes(identity, kit),
        *group_routes(desk, identity, kit),
        *member_routes(desk, identity, kit),
        *rule_routes(desk, identity, kit),
        *group_api_routes(identity),
        *room_routes(desk, identity, kit),
        *guide_routes(kit),
        *privacy_routes(desk, kit),
        *leaving_routes(identity, kit),
    ]
