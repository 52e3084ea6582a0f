"""What is told to a person: one inbox for all systems, implemented by desk."""

from collections.abc import Mapping
from typing import Protocol

from allmende.core.ids import AccountId, GroupId


class Notices(Protocol):
    """Tells people what concerns them, at once or after their quiet hours."""

    async def tell(
        self,
        account_id: AccountId,
        message_id: str,
        values: Mapping[str, str],
        link: str,
        *,
        group_id: GroupId | None = None,
        once: str = "",
    ) -> None:
        """Put a text of the catalogues into the inbox, and push it where the person wants that.

        ``link`` is a path of this server. What carries the same ``once`` is told once. Nothing
        happens for an account that is gone.
        """
        ...
