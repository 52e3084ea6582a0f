"""Who may bring others into a group, and as what; asked on the connection of the change."""

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed
from allmende.core.groups import Group, Role
from allmende.core.ids import GroupId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.model.groups import allows, rank
from allmende.identity.store import groups


def require_bringing(
    db: Connection, who: Caller, group_id: GroupId, role: Role, *, people: bool
) -> Group:
    """Return the group if ``who`` may bring others into it as ``role``.

    ``people``: such as have no account yet, else accounts that exist. Each group says who may;
    nobody gives more than they have. Raises NotFound ``group.not-found``, NotAllowed
    ``group.not-allowed``, ``identity.role-above-own``.
    """
    group = access.require_in_group(db, who, Permission.GROUP_SEE, group_id)
    own, rules = access.role_in_group(db, who, group_id), groups.find_rules(db, group_id)
    if own is None or rules is None:
        raise NotAllowed("group.not-allowed", permission=Permission.GROUP_INVITE)
    if not allows(rules.invite_people if people else rules.invite_members, own):
        raise NotAllowed("group.not-allowed", permission=Permission.GROUP_INVITE)
    if rank(role) > rank(own):
        raise NotAllowed("identity.role-above-own")
    return group
