"""What the pages of all systems share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.routing import BaseRoute

from allmende.app.ground import Ground
from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.events import Fact
from allmende.core.ids import FactId, RoomId
from allmende.core.parts import Part
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.events import (
    AccountFrozen,
    AccountGone,
    CertificateRevoked,
    CredentialRevoked,
    GuestBanned,
    LinkRevoked,
    MembershipChanged,
    RoomGone,
    SessionRevoked,
)
from allmende.identity.store.credentials import still_good
from allmende.storage import secret
from allmende.storage.database import Database
from allmende.storage.relay import Relay
from allmende.webkit.assets import Assets
from allmende.webkit.i18n import Catalogues
from allmende.webkit.language import language_routes
from allmende.webkit.limits import AddressKeys
from allmende.webkit.live import Live
from allmende.webkit.patterns import pattern_routes
from allmende.webkit.proofofwork import ProofOfWork
from allmende.webkit.site import Site
from allmende.webkit.templates import Look, Pages

_HERE: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What the pages of all systems share."""

    pages: Pages
    catalogues: Catalogues
    assets: Assets
    addresses: AddressKeys
    proof: ProofOfWork


def kit_of(ground: Ground) -> Kit:
    """Load texts, built files and templates. Raises AssetsMissing."""
    catalogues = Catalogues.load(_HERE / "locale")
    assets = Assets.load(_HERE / "static", catalogues)
    folders = sorted((_HERE / "systems").glob("*/templates"))
    return Kit(
        pages=Pages(folders, catalogues, assets, Look(site_name=ground.config.desk.title)),
        catalogues=catalogues,
        assets=assets,
        addresses=AddressKeys(ground.clock),
        proof=ProofOfWork(ground.clock),
    )


def web_routes(kit: Kit) -> list[BaseRoute]:
    """Return what belongs to the web kit itself."""
    return [
        *kit.assets.routes(),
        *language_routes(kit.catalogues),
        *pattern_routes(kit.pages),
        *kit.proof.routes(),
    ]


def live_of(
    database: Database, bus: Bus, clock: Clock, relay: Relay, parts: Sequence[Part]
) -> Live:
    """Return what tells open pages; it asks permissions on a connection of its own."""

    async def authorise(who: Caller, room_id: RoomId, permission: Permission) -> bool:
        now = clock.now()
        return await database.read(
            lambda db: still_good(db, who, now) and access.may(db, who, permission, room_id)
        )

    async def facts_after(after: FactId, limit: int) -> Sequence[tuple[FactId, Fact]]:
        return await database.read(lambda db: relay.facts_after(db, after, limit))

    live = Live(bus, facts_after, authorise)
    for part in parts:
        for view in part.live:
            live.add(view)
    end_live_pages(bus, live)
    return live


def end_live_pages(bus: Bus, live: Live) -> None:
    """Close the streams of those who lost what they came with; an honest page comes back."""

    async def session_revoked(_: FactId, fact: SessionRevoked) -> None:
        ended = (fact.account_id, fact.session_id)
        live.close(
            lambda who, _: ended in ((who.account_id, who.session_id), (who.account_id, None))
        )

    async def credential_revoked(_: FactId, fact: CredentialRevoked) -> None:
        live.close(lambda who, _: _came_with(who, fact))

    async def certificate_revoked(_: FactId, fact: CertificateRevoked) -> None:
        live.close(lambda who, _: _showed(who, fact))

    async def account_changed(
        _: FactId, fact: AccountGone | AccountFrozen | MembershipChanged
    ) -> None:
        live.close(lambda who, _: who.account_id == fact.account_id)

    async def link_revoked(_: FactId, fact: LinkRevoked) -> None:
        live.close(lambda who, _: who.guest is not None and who.guest.link_id == fact.link_id)

    async def banned(_: FactId, fact: GuestBanned) -> None:
        live.close(lambda who, room_id: room_id == fact.room_id and _is_banned(who, fact))

    async def room_gone(_: FactId, fact: RoomGone) -> None:
        live.close(lambda _, room_id: room_id == fact.room_id)

    bus.watch(SessionRevoked, session_revoked)
    bus.watch(CredentialRevoked, credential_revoked)
    bus.watch(CertificateRevoked, certificate_revoked)
    bus.watch(AccountGone, account_changed)
    bus.watch(AccountFrozen, account_changed)
    bus.watch(MembershipChanged, account_changed)
    bus.watch(LinkRevoked, link_revoked)
    bus.watch(GuestBanned, banned)
    bus.watch(RoomGone, room_gone)


def _came_with(who: Caller, fact: CredentialRevoked) -> bool:
    """Return whether a program came with what ended; None: all app passwords of the account."""
    if who.account_id != fact.account_id or who.app_password_id is None:
        return False
    return fact.app_password_id in (None, who.app_password_id)


def _showed(who: Caller, fact: CertificateRevoked) -> bool:
    """Return whether a program came with the certificate that ended, or with any of them."""
    if who.account_id != fact.account_id or who.certificate_id is None:
        return False
    return fact.certificate_id in (None, who.certificate_id)


def _is_banned(who: Caller, fact: GuestBanned) -> bool:
    if fact.account_id is not None:
        return who.account_id == fact.account_id
    return who.guest is not None and who.guest.id == fact.guest_id


async def site_of(ground: Ground, database: Database) -> Site:
    """Return what a request may know of the site."""
    key = await database.write(lambda db: secret.secret(db, "web-forms"))
    return Site(secure=ground.places.secure, form_key=key)
