"""People come by an invite, get a recovery kit, make an app password; others ask to be let in."""

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from allmende.identity.model.recovery import kit_code_of
from allmende.identity.model.tokens import token_hash
from bench.pads.editor import browser
from bench.visitor import Visitor
from tests.crash.disk import INVITE_USES, Found
from tests.crash.load import Moment

_SECRET = re.compile(r'id="key-secret"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*id="key-secret"')


@dataclass
class Person:
    """An account as its person knows it."""

    name: str
    password: str
    kit: str = ""
    secret: str = ""
    """Its app password."""


class Newcomers:
    """One after the other comes into the group of ``host`` by an invite."""

    def __init__(self, host: Visitor, group: str) -> None:
        self.here: dict[str, Person] = {}
        self._host = host
        self._group = group
        self._code = ""
        self._fresh: list[Person] = []
        self._unanswered: Person | None = None
        self._number = 0

    async def work(self, moment: Moment) -> None:
        while True:
            self._code = self._code or await new_invite(self._host, self._group)
            async with Visitor(self._host.url) as visitor:
                person = await self._come(visitor, moment)
                page = await visitor.answered("/me/keys", "/me/keys", {"purpose": "chat"})
                found = _SECRET.search(page)
                assert found is not None
                person.secret = found[1] or found[2]
                moment.note()

    async def _come(self, visitor: Visitor, moment: Moment) -> Person:
        self._number += 1
        person = Person(f"person{self._number}", secrets.token_urlsafe(16))
        self._unanswered = person
        person.kit = await visitor.accept_invite(f"/i/{self._code}", person.name, person.password)
        self._unanswered = None
        self.here[person.name] = person
        self._fresh.append(person)
        if len(self.here) % (INVITE_USES // 2) == 0:
            self._code = ""
        moment.note()
        return person

    async def check(self, found: Found) -> None:
        """All are there; the newest signs in, and what is new opens what it opened."""
        self._look_for_unanswered(found.accounts)
        assert self.here.keys() <= found.accounts.keys()
        for person in self.here.values():
            code = kit_code_of(person.kit)
            if code is not None:
                assert found.kits[token_hash(code)] == found.accounts[person.name]
        async with browser() as web:
            for person in self._fresh:
                if person.secret:
                    await self._require_own(web, person)
        for person in self._fresh[-1:]:
            async with Visitor(self._host.url) as visitor:
                await visitor.sign_in(person.name, person.password)
        self._fresh.clear()

    def _look_for_unanswered(self, accounts: Mapping[str, int]) -> None:
        """Whoever was not answered has a whole account, or none and comes again."""
        person, self._unanswered = self._unanswered, None
        if person is not None and person.name in accounts:
            self.here[person.name] = person
            self._fresh.append(person)

    async def _require_own(self, web: httpx.AsyncClient, person: Person) -> None:
        pair = b64encode(f"{person.name}:{person.secret}".encode()).decode()
        answer = await web.get(
            f"{self._host.url}/api/v1/me", headers={"Authorization": f"Basic {pair}"}
        )
        assert answer.json()["name"] == person.name

    def figures(self) -> str:
        keys = sum(bool(person.secret) for person in self.here.values())
        return f"{len(self.here)} accounts, {keys} app passwords"


class Askers:
    """One after the other asks for an account."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._asked: dict[str, str] = {}
        self._fresh: list[str] = []
        self._number = 0

    async def work(self, moment: Moment) -> None:
        while True:
            async with Visitor(self._url) as visitor:
                self._number += 1
                name, password = f"asker{self._number}", secrets.token_urlsafe(16)
                form = {"name": name, "password": password, "body": f"I am {name}."}
                self._asked[name] = await visitor.sent("/requests", "/requests", form)
                self._fresh.append(name)
                moment.note()

    async def check(self, found: Found) -> None:
        assert self._asked.keys() <= found.accounts.keys()
        async with Visitor(self._url) as visitor:
            for name in self._fresh:
                assert name in await visitor.page(self._asked[name])
        self._fresh.clear()

    def figures(self) -> str:
        return f"{len(self._asked)} requests"


async def new_invite(host: Visitor, group: str) -> str:
    """Make an invite that many may use, and return its code."""
    form = {"role": "member", "uses": str(INVITE_USES), "days": "7"}
    made = await host.sent(f"/g/{group}", f"/g/{group}/invites", form)
    return made.rpartition("/")[2]
