"""Pads: which capability each kind of person has where, and what each route answers to it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.access.asks import Ask, Case, form, get
from tests.access.expected import OPEN_ROLES, ROLES, Row, account, everybody, group, opened
from tests.access.town import Answer
from tests.access.world import Place, World

NOTHING, READ, EDIT, ADMIN = range(4)
BASES: Final = ("/p/{name}", "/p/{group}/{name}", "/r/{slug}/pads/{name}")

BY_CAPABILITY: Final[Mapping[str, tuple[int, int, int, int]]] = {
    "GET ": (404, 200, 200, 200),
    "POST /session": (404, 200, 200, 200),
    "GET /state": (404, 200, 200, 200),
    "GET /export/{form}": (404, 200, 200, 200),
    "POST /me": (404, 200, 200, 200),
    "POST /append": (404, 403, 303, 303),
    "POST /import": (404, 403, 303, 303),
    "GET /history": (404, 403, 200, 200),
    "GET /history/{state_id:id}": (404, 403, 200, 200),
    "POST /revisions": (404, 403, 303, 303),
    "POST /restore": (404, 403, 403, 303),
    "GET /settings": (404, 403, 403, 200),
    "POST /settings": (404, 403, 403, 303),
}
"""Below a pad: for nobody, for who reads, edits, administers."""

ANYBODY: Final = dict.fromkeys(ROLES, EDIT)
IN_GROUP: Final = dict.fromkeys(ROLES, NOTHING) | {"member": EDIT, "leads": EDIT, "admin": ADMIN}
IN_GROUP_ROOM: Final = IN_GROUP | {"facilitate": ADMIN}
"""Who came by a link that speaks or listens waits in the lobby here."""
IN_OPEN_ROOM: Final = dict.fromkeys(OPEN_ROLES, NOTHING) | {"founder": ADMIN}
BY_LINK: Final = {"r": READ, "e": EDIT, "a": ADMIN}

ON_PADS: Final[Mapping[str, Row]] = {
    "GET /p": everybody(200),
    "POST /p": account(400, 303),
    "GET /p/deleted": everybody(200),
    "GET /p/{name}/made": everybody(404),
    "POST /p/{group}": group(404, 404, 404, 404, 303, 303, 303),
    "WS /p/ws/live": everybody(101),
}
ON_PADS_OF_ROOM: Final[Mapping[str, tuple[Row, Row]]] = {
    "GET /r/{slug}/pads": (group(404, 403, 403, 200, 200, 200, 200), opened(403, 403, 200)),
    "POST /r/{slug}/pads": (group(404, 403, 403, 303, 303, 303, 303), opened(403, 403, 303)),
}


@dataclass(frozen=True)
class PadCase:
    """Who asks for which pad: ``base`` is its path; ``admin`` may do everything with it."""

    case: Case
    base: str
    admin: str

    def ask(self, key: str) -> Answer:
        """Ask for what lies below the pad."""
        browser, method = self.case.browser, key.partition(" ")
        path = self.base + method[2]
        if key == "GET /history/{state_id:id}":
            return browser.get(f"{self.base}/history/{self.state()}")
        if method[0] == "GET":
            return browser.get(path.replace("{form}", "md"))
        if key == "POST /session":
            return browser.send(path, {"client": secrets.randbelow(2**31)})
        if key == "POST /me":
            return browser.send(path, {"name": "", "colour": 3})
        if key == "POST /import":
            return self.upload(path)
        fields: dict[str, dict[str, object]] = {
            "POST /append": {"text": "hallo"},
            "POST /revisions": {"name": "Fassung"},
            "POST /settings": {"do": "unlock"},
        }
        return browser.form(path, **(fields.get(key) or {"state": self.state()}))

    def state(self) -> int:
        """An earlier state of the pad; a new one where there is none."""
        browser = self.case.world.who[self.admin]
        base = self.base if self.admin != "stranger" else self.case.world.pads["a"]
        found = re.search(r"/history/(\d+)\"", browser.get(f"{base}/history").text)
        if found is None:
            browser.form(f"{base}/append", text="hallo")
            assert browser.form(f"{base}/revisions", name="eins").status == 303
            return self.state()
        return int(found[1])

    def upload(self, path: str) -> Answer:
        browser = self.case.browser
        parts = [
            f'--x\r\ncontent-disposition: form-data; name="ticket"\r\n\r\n{browser.ticket}\r\n',
            '--x\r\ncontent-disposition: form-data; name="file"; filename="a.md"\r\n\r\nhallo\r\n',
            "--x--\r\n",
        ]
        kind = "multipart/form-data; boundary=x"
        return browser.ask("POST", path, "".join(parts).encode(), kind)


def pad_case(world: World, role: str, base: str, place: Place | None = None) -> PadCase:
    """The pad of a base: the random one, that of group one, that of a room."""
    where = place or world.group_room
    case = Case(world, role, where)
    admin = "admin" if where is world.group_room else "founder"
    if base == BASES[0]:
        return PadCase(case, world.pads["random"], "stranger")
    if base == BASES[1]:
        return PadCase(case, f"/p/{world.one}/plan", "admin")
    return PadCase(case, f"/r/{where.slug}/pads/plan", admin)


def made_in_group(case: Case) -> Answer:
    return case.browser.form(f"/p/{case.world.one}", name=f"pad-{secrets.token_hex(4)}")


def made_in_room(case: Case) -> Answer:
    return case.browser.form(f"{case.room}/pads", name=f"pad-{secrets.token_hex(4)}")


PAD_ASKS: Final[Mapping[str, Ask]] = {
    "GET /p": get("/p"),
    "POST /p": form("/p", title="Neu"),
    "GET /p/deleted": get("/p/deleted"),
    "GET /p/{name}/made": lambda case: case.browser.get(f"{case.world.pads['random']}/made?a=x"),
    "POST /p/{group}": made_in_group,
    "WS /p/ws/live": lambda case: case.browser.socket("/p/ws/live"),
    "GET /r/{slug}/pads": get("{case.room}/pads"),
    "POST /r/{slug}/pads": made_in_room,
}

BELOW: Final = {
    f"{key.partition(' ')[0]} {base}{key.partition(' ')[2]}"
    for base in BASES
    for key in BY_CAPABILITY
}
