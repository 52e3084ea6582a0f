"""What the XMPP server hears of the house: accounts and groups change, and end."""

from allmende.core.bus import Bus
from allmende.core.ids import FactId
from allmende.identity.events import (
    AccountFrozen,
    AccountGone,
    CredentialRevoked,
    GroupChanged,
    GroupGone,
    GroupRestored,
    MembershipChanged,
    SessionRevoked,
)
from allmende.systems.chat.wire.server import Server


def watch_accounts(bus: Bus, server: Server) -> None:
    """Who lost what they came in by is out within seconds; what they kept goes with them."""
    services = server.services

    async def credential_revoked(_: FactId, fact: CredentialRevoked) -> None:
        server.over(fact.account_id, fact.app_password_id)

    async def session_revoked(_: FactId, fact: SessionRevoked) -> None:
        if fact.session_id is None:
            server.over(fact.account_id)

    async def account_over(_: FactId, fact: AccountGone | AccountFrozen) -> None:
        server.over(fact.account_id)

    async def forget_account(_: FactId, fact: AccountGone) -> None:
        await services.contacts.account_gone(fact.account_id)
        await services.items.account_gone(fact.account_id)
        await services.papers.account_gone(fact.account_id)
        await services.rooms.account_gone(fact.account_id, server.domain)
        if server.files is not None:
            await server.files.uploads.account_gone(fact.account_id)
        await server.groups_changed()

    bus.watch(CredentialRevoked, credential_revoked)
    bus.watch(SessionRevoked, session_revoked)
    bus.watch(AccountFrozen, account_over)
    bus.watch(AccountGone, account_over)
    bus.subscribe(AccountGone, "chat.people", forget_account)


def watch_groups(bus: Bus, server: Server) -> None:
    """Who is in closed groups together is on each other's lists at once."""
    contacts = server.services.contacts

    async def membership_changed(_: FactId, fact: MembershipChanged) -> None:
        members = await contacts.members(fact.group_id)
        await server.groups_changed([*members, fact.account_id])

    async def group_changed(_: FactId, fact: GroupChanged | GroupRestored) -> None:
        await server.groups_changed(await contacts.members(fact.group_id))

    async def group_gone(_: FactId, __: GroupGone) -> None:
        await server.groups_changed()

    if server.rooms is not None:
        server.rooms.follow(bus)
    bus.watch(MembershipChanged, membership_changed)
    bus.watch(GroupChanged, group_changed)
    bus.watch(GroupRestored, group_changed)
    bus.watch(GroupGone, group_gone)
