"""What apps keep of a person that is no node: private data by name, and one vCard."""

from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import QuotaExceeded
from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.model.items import MAX_NODES, clean_name, clean_payload
from allmende.systems.chat.service.items import owner_of
from allmende.systems.chat.store import papers as store

MAX_PRIVATE: Final = MAX_NODES
"""Names that an account may use for private data."""


class PaperService:
    """Private data is for its owner; a vCard is for everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def private(self, who: Caller, name: str) -> bytes | None:
        """Return what is kept under a name, None for nothing."""
        account_id = owner_of(who)
        return await self._database.read(lambda db: store.find_private(db, account_id, name))

    async def keep_private(self, who: Caller, name: str, payload: bytes | None) -> None:
        """Keep something under a name; None deletes it.

        Raises QuotaExceeded ``chat.item-too-large``, ``chat.too-many-nodes``, InvalidInput.
        """
        account_id, name = owner_of(who), clean_name(name)
        clean = None if payload is None else clean_payload(payload)

        def change(db: Connection) -> None:
            if clean is None:
                store.delete_private(db, account_id, name)
                return
            store.set_private(db, account_id, name, clean)
            if store.count_private(db, account_id) > MAX_PRIVATE:
                raise QuotaExceeded("chat.too-many-nodes", limit=MAX_PRIVATE)

        await self._database.write(change)

    async def vcard(self, owner: AccountId) -> bytes | None:
        """Return the vCard of an account, None without one."""
        return await self._database.read(lambda db: store.find_vcard(db, owner))

    async def keep_vcard(self, who: Caller, payload: bytes) -> None:
        """Keep one's own vCard. Raises QuotaExceeded ``chat.item-too-large``."""
        account_id, clean = owner_of(who), clean_payload(payload)
        await self._database.write(lambda db: store.set_vcard(db, account_id, clean))

    async def account_gone(self, account_id: AccountId) -> None:
        """Delete all that an account kept that is gone."""
        await self._database.write(lambda db: store.forget_account(db, account_id))
