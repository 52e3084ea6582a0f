import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from allmende.app.kit import end_live_pages, kit_of, web_routes
from allmende.config import Config, Desk
from allmende.core.accounts import Caller, Guest
from allmende.core.bus import Bus
from allmende.core.events import Fact
from allmende.core.ids import (
    AccountId,
    AppPasswordId,
    CertificateId,
    FactId,
    GroupId,
    GuestId,
    LinkId,
    RoomId,
    SessionId,
)
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
from allmende.webkit.live import Live
from tests.app.test_ground import ground
from tests.identity.town import fail


def test_the_pages_of_all_systems_share_texts_files_and_templates() -> None:
    kit = kit_of(ground(Config(desk=Desk(title="Commons")), Path()))
    assert {"de", "en"} <= set(kit.catalogues.languages)
    assert kit.assets.has("meet.js")


def test_the_web_kit_has_paths_of_its_own() -> None:
    paths = {getattr(route, "path", "") for route in web_routes(kit_of(ground(Config(), Path())))}
    assert {"/language", "/-/patterns", "/api/v1/challenge"} <= paths


class Pages:
    """Live pages of everybody there is: who is left after what happened."""

    def __init__(self) -> None:
        self.left = dict(EVERYBODY)
        self.bus = Bus(fail)
        end_live_pages(self.bus, cast(Live, self))

    def close(self, whose: Callable[[Caller, RoomId], bool]) -> None:
        self.left = {name: who for name, who in self.left.items() if not whose(who, ROOM)}


MARA, JUNO, ROOM, GROUP = AccountId(1), AccountId(2), RoomId(7), GroupId(3)
RABE = Guest(GuestId("rabe"), ROOM, "Rabe", LinkId(5))
EVERYBODY = {
    "mara": Caller(MARA, SessionId(1)),
    "mara's phone": Caller(MARA, SessionId(2)),
    "mara's program": Caller(MARA, app_password_id=AppPasswordId(1)),
    "mara's other program": Caller(MARA, app_password_id=AppPasswordId(2)),
    "mara's mumble": Caller(MARA, certificate_id=CertificateId(1)),
    "mara's other mumble": Caller(MARA, certificate_id=CertificateId(2)),
    "juno": Caller(JUNO, SessionId(3)),
    "juno's program": Caller(JUNO, app_password_id=AppPasswordId(3)),
    "raven": Caller(guest=RABE),
    "jay": Caller(guest=replace(RABE, id=GuestId("jay"), link_id=None)),
}
HERS = [name for name in EVERYBODY if name.startswith("mara")]
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fact", "gone"),
    [
        (SessionRevoked(at=AT, account_id=MARA, session_id=SessionId(1)), ["mara"]),
        (SessionRevoked(at=AT, account_id=MARA, session_id=None), HERS),
        (
            CredentialRevoked(at=AT, account_id=MARA, app_password_id=AppPasswordId(1)),
            ["mara's program"],
        ),
        (
            CredentialRevoked(at=AT, account_id=MARA, app_password_id=None),
            ["mara's program", "mara's other program"],
        ),
        (
            CertificateRevoked(at=AT, account_id=MARA, certificate_id=CertificateId(1)),
            ["mara's mumble"],
        ),
        (
            CertificateRevoked(at=AT, account_id=MARA, certificate_id=None),
            ["mara's mumble", "mara's other mumble"],
        ),
        (AccountFrozen(at=AT, account_id=MARA), HERS),
        (AccountGone(at=AT, account_id=MARA), HERS),
        (MembershipChanged(at=AT, account_id=MARA, group_id=GROUP), HERS),
        (LinkRevoked(at=AT, link_id=LinkId(5), room_id=ROOM), ["raven"]),
        (GuestBanned(at=AT, room_id=ROOM, guest_id=GuestId("jay")), ["jay"]),
        (
            GuestBanned(at=AT, room_id=ROOM, guest_id=None, account_id=JUNO),
            ["juno", "juno's program"],
        ),
        (GuestBanned(at=AT, room_id=RoomId(8), guest_id=GuestId("jay")), []),
        (RoomGone(at=AT, room_id=ROOM), list(EVERYBODY)),
        (RoomGone(at=AT, room_id=RoomId(8)), []),
    ],
)
def test_live_pages_end_with_what_opened_them(fact: Fact, gone: list[str]) -> None:
    pages = Pages()
    asyncio.run(pages.bus.deliver(FactId(1), fact))
    assert [name for name in EVERYBODY if name not in pages.left] == gone
