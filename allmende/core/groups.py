"""Groups and the roles of their members."""

from dataclasses import dataclass
from enum import StrEnum

from allmende.core.ids import GroupId


class Role(StrEnum):
    """What a person is in a group. The order of definition is the order of rights."""

    GUEST = "guest"
    MEMBER = "member"
    FACILITATOR = "facilitator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people. ``slug`` is its place in ``/g/SLUG``."""

    id: GroupId
    slug: str
    name: str
