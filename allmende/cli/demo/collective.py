"""A sample collective, made as people make theirs: invite, account, group, room, links."""

import re
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from allmende.cli.demo.browser import Browser, Refused
from allmende.cli.demo.script import Script

FOUNDER: Final = "garten"
MEMBER: Final = "juno"
_ROOM_LINK: Final = re.compile(r'href="/r/([a-z0-9]+)/(?:call|plenum)"')


@dataclass(frozen=True, slots=True)
class Links:
    """Where the plenum is, as whole addresses that can be passed on."""

    facilitators: str
    guests: str


@dataclass(frozen=True, slots=True)
class Address:
    """A link taken apart: the room it leads to, and the right it gives."""

    slug: str
    token: str

    @classmethod
    def of(cls, link: str) -> "Address":
        """Read what stands in a link."""
        parts = urlsplit(link)
        return cls(parts.path.split("/")[2], parse_qs(parts.query)["g"][0])


async def found(founder: Browser, member: Browser, invite: str, script: Script) -> Links:
    """Make accounts, a group, its room and two links; return the links. Raises Refused."""
    await _accept(founder, invite, FOUNDER)
    group = await founder.send("/groups", "/groups", {"name": script.group})
    invited = await founder.send(
        group, f"{group}/invites", {"role": "member", "uses": "1", "days": "1"}
    )
    await _accept(member, _invite_on(await founder.page(invited)), MEMBER)
    slug = await _room(founder, group, script.room)
    facilitate = await _link(founder, slug, "facilitate", script.facilitators_label)
    return Links(facilitate, await _link(founder, slug, "speak", script.guests_label))


async def _accept(browser: Browser, invite: str, name: str) -> None:
    path = urlsplit(invite).path
    password = secrets.token_urlsafe(16)
    await browser.send(path, path, {"name": name, "password": password}, shows=True)


def _invite_on(page: str) -> str:
    found = re.search(r"/i/[\w-]+", page)
    if found is None:
        raise Refused("/invites", 200, "no invite on the page")
    return found[0]


async def _room(founder: Browser, group: str, name: str) -> str:
    """Return the slug of a new room. Raises Refused."""
    before = set(_ROOM_LINK.findall(await founder.page(group)))
    await founder.send(group, f"{group}/rooms", {"name": name})
    after = set(_ROOM_LINK.findall(await founder.page(group))) - before
    if not after:
        raise Refused(group, 200, "no new room on the page")
    slug: str = after.pop()
    return slug


async def _link(founder: Browser, slug: str, right: str, label: str) -> str:
    """Return the whole address of a new link. Raises Refused."""
    shown = await founder.send(
        f"/r/{slug}/settings", f"/r/{slug}/links", {"right": right, "label": label}
    )
    token = parse_qs(urlsplit(shown).query)["g"][0]
    return f"{founder.url}/r/{slug}/plenum?g={token}"
