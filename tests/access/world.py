"""Everybody who may ask the house, and the places they ask for."""

import re
from dataclasses import dataclass, field

from tests.access.town import Answer, Browser, Town

GOOD = "drei rote kirschen im schnee"
LOOKS_AFTER = {"mona": "moderator", "olga": "operator"}
"""Roles on the server."""


@dataclass
class Place:
    """A room, and what one needs to get in."""

    slug: str
    room_id: int
    links: dict[str, str] = field(default_factory=dict)


class World:
    """Group one with a room and its people, group two with a room, and an open room.

    ``who`` by role: ada administers group one, fay facilitates, mel is a member there; zoe
    administers group two; mona moderates the server, olga operates it, both are in no group.
    """

    def __init__(self, town: Town) -> None:
        self.town = town
        self.who: dict[str, Browser] = {"stranger": Browser(town)}
        self._codes: dict[tuple[str, str], str] = {}
        self._messages = 0
        self._assembled: set[int] = set()
        self._accounts()
        self.one = self._group("ada", "admin")
        self.two = self._group("zoe", "foreign")
        for name, role, right in (("mel", "member", "member"), ("fay", "leads", "facilitator")):
            self.who[role] = self.account(name, self.invite("admin", self.one, right))
        self.sam = self.account("sam", self.invite("admin", self.one, "member"))
        self.sam_id = self.newest(r"/members/(\d+)/role", f"/g/{self.one}")
        self.group_room = self._room("admin", self.one)
        self.far_room = self._room("foreign", self.two)
        self.open_room = self._start()
        self._guests()
        self.pads = self._pads()

    # --- people -----------------------------------------------------------------------------

    def account(self, name: str, code: str) -> Browser:
        """A browser of a new account that came by an invite."""
        browser = Browser(self.town)
        made = browser.form(f"/i/{code}", name=name, password=GOOD)
        assert made.status == 200, made.text
        assert "kit-code" in made.text, "whoever comes gets a recovery kit first"
        return browser

    def again(self, name: str) -> Browser:
        """Another browser of an account."""
        browser, role = Browser(self.town), LOOKS_AFTER.get(name)
        if role:
            self.town.set_role(name, "none")  # a password alone is enough for a moment
        assert browser.form("/signin", name=name, password=GOOD).status == 303
        if role:
            self.town.set_role(name, role)
        return browser

    def guest(self, place: Place, link: str, name: str) -> Browser:
        """Somebody who pressed join in a room; in or at the door."""
        browser = Browser(self.town)
        self.joined(browser, place, name, link)
        return browser

    def joined(self, browser: Browser, place: Place, name: str, link: str = "") -> Answer:
        wish = {"name": name, "link": link or None}
        answer = browser.send(f"/api/v1/rooms/{place.room_id}/call/join", wish)
        assert answer.status in (200, 202), (answer.status, answer.text)
        return answer

    # --- things that may be used up ---------------------------------------------------------

    def invite(self, role: str, group: str, right: str) -> str:
        """The code of an invite that can be used for long; a group may have so many."""
        if (group, right) not in self._codes:
            self._codes[group, right] = self.new_invite(role, group, right)
        return self._codes[group, right]

    def new_invite(self, role: str, group: str, right: str) -> str:
        made = self.who[role].form(f"/g/{group}/invites", role=right, uses=50, days=2)
        assert made.status == 303, made.text
        return made.headers["location"].rpartition("/")[2]

    def rejoin(self, browser: Browser, right: str) -> None:
        """Let somebody be a member of group one again."""
        code = self.invite("admin", self.one, right)
        assert browser.form(f"/i/{code}/join").status == 303

    def newest(self, pattern: str, page: str) -> int:
        """The highest number that ``pattern`` finds on a page that admins see."""
        text = self.who["admin"].get(page).text
        return max(int(number) for number in re.findall(pattern, text))

    def link(self, place: Place, right: str, role: str = "admin") -> str:
        made = self.who[role].form(f"/r/{place.slug}/links", right=right, label=right)
        assert made.status == 303, made.text
        return made.headers["location"].rpartition("=")[2]

    def message(self, place: Place, role: str) -> int:
        """A new message of ``role``."""
        path = f"/api/v1/rooms/{place.room_id}/messages"
        self._messages += 1
        said = self.who[role].send(path, {"text": "hier", "key": f"new-{self._messages}"})
        assert said.status == 201, said.text
        return int(said.json()["id"])

    def knock(self, place: Place) -> str:
        """Somebody new at the door; return their key."""
        link = place.links.get("speak", "")
        waiting = self.joined(Browser(self.town), place, "Neu", link)
        assert waiting.status == 202, waiting.text
        return str(waiting.json()["ticket"])

    def meet(self, place: Place) -> None:
        """Let there be a call with a facilitator in it who has a ticket."""
        role = "leads" if place is self.group_room else "founder"
        self.joined(self.who[role], place, "Fay", place.links.get("facilitate", ""))

    def assemble(self, place: Place) -> None:
        """Let there be an open assembly; one that is open stays, and is not opened too often."""
        if place.room_id in self._assembled:
            return
        self._assembled.add(place.room_id)
        self.meet(place)
        role = "leads" if place is self.group_room else "founder"
        opened = self.who[role].send(f"/api/v1/rooms/{place.room_id}/plenum/open", {})
        assert opened.status == 200, opened.text

    # --- building ---------------------------------------------------------------------------

    def _accounts(self) -> None:
        code = self.town.rooms.invite
        assert code is not None
        olga = self.who["operator"] = self.account("olga", code)
        seed = olga.form("/groups", name="Anfang").headers["location"].rpartition("/")[2]
        self.who["moderator"] = self.account("mona", self.invite("operator", seed, "member"))
        for name, role in (("ada", "admin"), ("zoe", "foreign")):
            self.who[role] = self.account(name, self.invite("operator", seed, "admin"))
            if name == "zoe":
                assert olga.form(f"/g/{seed}/leave").status == 303
        for name, role in LOOKS_AFTER.items():
            self.town.set_role(name, role)
            self.town.give_passkey(name)

    def _group(self, name: str, role: str) -> str:
        made = self.who[role].form("/groups", name=f"Gruppe {name}")
        return made.headers["location"].rpartition("/")[2]

    def _room(self, role: str, group: str) -> Place:
        page = self.who[role].get(f"/g/{group}").text
        slug = re.findall(r'href="/r/([a-z0-9]+)/call"', page)[0]
        place = self._place(self.who[role], slug)
        for right in ("listen", "speak", "facilitate"):
            place.links[right] = self.link(place, right, role)
        return place

    def _place(self, browser: Browser, slug: str, link: str = "") -> Place:
        page = browser.get(f"/r/{slug}/call" + (f"?g={link}" if link else "")).text
        found = re.search(r'<allmende-call room="(\d+)"', page)
        assert found is not None, page[:500]
        return Place(slug, int(found[1]))

    def _start(self) -> Place:
        founder = self.who["founder"] = Browser(self.town)
        started = founder.form("/start", name="Plenum", proof=founder.solve())
        slug, _, link = started.headers["location"].removeprefix("/r/").partition("/started?g=")
        place = self._place(founder, slug, link)
        place.links["facilitate"] = link
        self.joined(founder, place, "Gründung", link)
        return place

    def _guests(self) -> None:
        room = self.group_room
        self.meet(room)
        for right in ("listen", "speak", "facilitate"):
            self.who[right] = self.guest(room, room.links[right], right)
        far = self.far_room
        self.joined(self.who["foreign"], far, "zoe")
        self.who["elsewhere"] = self.guest(far, far.links["facilitate"], "Fern")
        self.who["guest"] = self.guest(self.open_room, "", "Gast")

    def _pads(self) -> dict[str, str]:
        """One in group one and in each room, called plan; and one at a random address.

        Return the path of that one, and by their letters those of its links.
        """
        founder, admin = self.who["founder"], self.who["admin"]
        assert admin.form(f"/p/{self.one}", name="plan").status == 303
        for browser, room in ((admin, self.group_room), (founder, self.open_room)):
            made = browser.form(f"/r/{room.slug}/pads", name="plan")
            assert made.status == 303, made.text
        made = founder.form("/p", proof=founder.solve())
        where = made.headers["location"]
        links = re.findall(r'value="[^"]*(/p/([a-z])\.[^"]+)"', founder.get(where).text)
        paths = {letter: path for path, letter in links}
        settings = founder.get(f"{paths['a']}/settings").text
        paths |= {
            letter: path
            for path, letter in re.findall(r'value="[^"]*(/p/([re])\.[^"]+)"', settings)
        }
        return {"random": where.partition("/made")[0], **paths}
