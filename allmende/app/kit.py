"""What the pages of all systems share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.routing import BaseRoute

from allmende.app.ground import Ground
from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.events import Fact
from allmende.core.ids import FactId, RoomId
from allmende.core.parts import Part
from allmende.core.permissions import Permission
from allmende.identity import access
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


def live_of(database: Database, bus: Bus, relay: Relay, parts: Sequence[Part]) -> Live:
    """Return what tells open pages; it asks permissions on a connection of its own."""

    async def authorise(who: Caller, room_id: RoomId, permission: Permission) -> bool:
        return await database.read(lambda db: access.may(db, who, permission, room_id))

    async def facts_after(after: FactId, limit: int) -> Sequence[tuple[FactId, Fact]]:
        return await database.read(lambda db: relay.facts_after(db, after, limit))

    live = Live(bus, facts_after, authorise)
    for part in parts:
        for view in part.live:
            live.add(view)
    return live


async def site_of(ground: Ground, database: Database) -> Site:
    """Return what a request may know of the site."""
    key = await database.write(lambda db: secret.secret(db, "web-forms"))
    return Site(secure=ground.places.secure, form_key=key)
