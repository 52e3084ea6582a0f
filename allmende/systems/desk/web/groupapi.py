"""Groups for programs: ``/api/v1/groups``."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.groups import Group, Role
from allmende.identity.model.answers import GroupPage
from allmende.identity.service import IdentityService
from allmende.webkit.http import caller_of, json_response


def group_api_routes(identity: IdentityService) -> list[Route]:
    """Return what programs may ask about groups: one's own, and one of them."""

    async def mine(request: Request) -> Response:
        found = await identity.groups_of(caller_of(request))
        return json_response([_group(one.group, one.role) for one in found])

    async def one(request: Request) -> Response:
        page = await identity.group_page(caller_of(request), request.path_params["slug"])
        return json_response(_shown(page))

    return [
        Route("/api/v1/groups", mine, methods=["GET"]),
        Route("/api/v1/groups/{slug}", one, methods=["GET"]),
    ]


def _group(group: Group, role: Role) -> dict[str, Any]:
    return {"id": group.id, "slug": group.slug, "name": group.name, "role": role}


def _shown(page: GroupPage) -> dict[str, Any]:
    """Return a group as its members see it."""
    rules = page.rules
    return {
        **_group(page.group, page.role),
        "rules": {
            "preset": rules.preset,
            "closed": rules.closed,
            "history": rules.history,
            "messages_h": rules.messages_h,
            "invite_members": rules.invite_members,
            "invite_people": rules.invite_people,
        },
        "rooms": [{"id": room.id, "slug": room.slug, "name": room.name} for room in page.rooms],
        "members": [
            {
                "account_id": member.account_id,
                "name": member.name,
                "display": member.display,
                "role": member.role,
            }
            for member in page.members
        ],
        "changes": [
            {
                "name": change.name,
                "was": change.was,
                "now": change.now,
                "by": change.by_name,
                "at": change.at,
            }
            for change in page.announcements
        ],
    }
