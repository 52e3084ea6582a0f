"""Groups are made, named anew and deleted; people join, leave and get roles."""

import json
from typing import Any

from bench.visitor import Refused, Visitor
from tests.crash.accounts import Person, new_invite
from tests.crash.disk import Found
from tests.crash.load import Moment, Told

MOST_GROUPS = 10


class Founder:
    """Makes groups, names them anew, and deletes the oldest when there are many."""

    def __init__(self, visitor: Visitor, person: Person) -> None:
        self.there: dict[str, Told[str]] = {}
        self._visitor = visitor
        self._person = person
        self._gone: set[str] = set()
        self._going = ""
        self._new = False
        self._number = 0

    async def work(self, moment: Moment) -> None:
        while True:
            # First, for a life may be too short for it: one account has a limited number.
            while len(self.there) > MOST_GROUPS:
                await self._delete(next(iter(self.there)), moment)
            self._number += 1
            self._new = True
            slug = await self._visitor.make_group(f"Gruppe {self._number}")
            self._new = False
            self.there[slug] = Told(f"Gruppe {self._number}")
            moment.note()
            await self._name(slug, moment)

    async def _name(self, slug: str, moment: Moment) -> None:
        name = self.there[slug]
        name.ask(f"Anders {self._number}")
        form = {"name": f"Anders {self._number}", "messages_h": "24"}
        await self._visitor.sent(f"/g/{slug}/settings", f"/g/{slug}/settings", form)
        name.acknowledge(moment)

    async def _delete(self, slug: str, moment: Moment) -> None:
        self._going = slug
        await self._visitor.sent(f"/g/{slug}/settings", f"/g/{slug}/delete", {"sure": "on"})
        self._going = ""
        self._gone.add(slug)
        del self.there[slug]
        moment.note()

    async def check(self, _: Found) -> None:
        """Groups are there as they were named, those that were deleted stay away."""
        # Deleting wants a sign-in of the last minutes.
        await self._visitor.sign_in(self._person.name, self._person.password)
        found = {
            one["slug"]: one["name"]
            for one in json.loads(await self._visitor.page("/api/v1/groups"))
        }
        if self._going and self._going not in found:
            self._gone.add(self._going)
            del self.there[self._going]
        assert self.there.keys() <= found.keys()
        for slug, name in self.there.items():
            name.find(found[slug])
        more = found.keys() - self.there.keys()
        assert len(more) <= self._new
        assert not more & self._gone
        self.there |= {slug: Told(found[slug]) for slug in more}
        self._going, self._new = "", False

    def figures(self) -> str:
        return f"{len(self.there) + len(self._gone)} groups, {len(self._gone)} of them deleted"


class Wanderer:
    """Joins a group by an invite and leaves it again."""

    def __init__(self, visitor: Visitor, host: Visitor, group: str, name: str) -> None:
        self._visitor = visitor
        self._host = host
        self._group = group
        self._name = name
        self._code = ""
        self._inside = Told(True)

    async def work(self, moment: Moment) -> None:
        while True:
            if self._inside.known:
                self._inside.ask(False)
                await self._visitor.sent("/", f"/g/{self._group}/leave", {})
            else:
                self._inside.ask(True)
                await self._join()
            self._inside.acknowledge(moment)

    async def _join(self) -> None:
        for _ in range(2):
            self._code = self._code or await new_invite(self._host, self._group)
            try:
                await self._visitor.sent("/", f"/i/{self._code}/join", {})
            except Refused:
                self._code = ""  # it has been used up
            else:
                return
        raise AssertionError("a new invite is refused")

    async def check(self, _: Found) -> None:
        page = await group_page(self._host, self._group)
        self._inside.find(any(one["name"] == self._name for one in page["members"]))

    def figures(self) -> str:
        return f"{self._inside.times} times joined or left"


class Promoted:
    """Gets one role after the other from the host, is told of it, and reads that."""

    def __init__(self, visitor: Visitor, host: Visitor, group: str, name: str) -> None:
        self._visitor = visitor
        self._host = host
        self._group = group
        self._name = name
        self._number = 0
        self._role = Told("member")
        self._read = Told(0)

    async def work(self, moment: Moment) -> None:
        while True:
            role = "member" if self._role.known == "facilitator" else "facilitator"
            self._role.ask(role)
            path = f"/g/{self._group}/members/{self._number or await self._account()}/role"
            await self._host.sent("/", path, {"role": role})
            self._role.acknowledge(moment)
            await self._read_notices(moment)

    async def _account(self) -> int:
        page = await group_page(self._host, self._group)
        mine = [one for one in page["members"] if one["name"] == self._name]
        self._number = int(mine[0]["account_id"])
        return self._number

    async def _read_notices(self, moment: Moment) -> None:
        newest = max((int(one["id"]) for one in await self._notices()), default=0)
        if newest > self._read.known:
            self._read.ask(newest)
            await self._visitor.sent("/", "/me/notices/read", {"up_to": str(newest)})
            self._read.acknowledge(moment)

    async def _notices(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(await self._visitor.page("/api/v1/me/notices"))[
            "notices"
        ]
        return found

    async def check(self, _: Found) -> None:
        """The role is the last one, and what was read stays read."""
        page = await group_page(self._host, self._group)
        (role,) = [one["role"] for one in page["members"] if one["name"] == self._name]
        self._role.find(role)
        read = [int(one["id"]) for one in await self._notices() if one["read"]]
        self._read.find(max(read, default=0))

    def figures(self) -> str:
        return f"{self._role.times} roles, {self._read.times} times notices read"


async def group_page(visitor: Visitor, group: str) -> dict[str, Any]:
    """Return a group as its members see it."""
    found: dict[str, Any] = json.loads(await visitor.page(f"/api/v1/groups/{group}"))
    return found
