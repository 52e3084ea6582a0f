"""The machine is taken: without the key its disk and its backups tell nothing (product.md, S1, S3).

People leave 200 marked words wherever a server takes words, from marked addresses with marked
browsers. Then every byte of the data folder, the log and a backup is searched.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from allmende.protocols.mumble.messages import (
    Authenticate,
    BanList,
    TextMessage,
    UserState,
    UserStats,
    Version,
)
from bench.served import Served, served
from bench.visitor import solve
from tests.hostile.voice.peer import OLD, Peer, opus
from tests.ports import free_port
from tests.spellings import found_in, numbers, plain_spellings, spellings
from tests.taken import backup_of, opened

pytestmark = pytest.mark.slow

SETTINGS = """
[web]
listen = ["127.0.0.1"]
trusted_proxies = ["127.0.0.1"]
[voice]
port = {port}
[media]
workers = 0
udp_port = 0
tcp_port = 0
packets_per_second = 30000
[limits]
open_rooms_per_hour = 1000
messages_per_10_s = 1000
[pads]
per_hour = 1000
"""
ADDRESSES = [f"198.51.100.{number}" for number in range(71, 76)]
BY_MUMBLE = "127.71.83.97"
"""No proxy stands before Mumble: its clients come from an address that is their own."""

AGENT = "Sentinelbrowser/9147.2 (Wachposten)"
MUMBLE = Version(version_v1=OLD.version_v1, release=AGENT, os=AGENT, os_version=AGENT)
GOOD = "vier grüne birnen im regen"
WORDS = 200
_TICKET = re.compile(r'name="ticket" value="([^"]+)"')
_ROOM_ID = re.compile(r'<allmende-call room="(\d+)"')


class Words:
    """Marked words, each used once. ``kept``: those that the server said it has."""

    def __init__(self) -> None:
        self.browsers = ExitStack()
        self.all = [
            f"sent{number:03d}hagebutte{number * 7919 % 1000:03d}" for number in range(WORDS)
        ]
        self.left = list(self.all)
        self.kept: list[str] = []

    def person(self, url: str, address: str) -> "Person":
        """Return a browser that is closed in the end."""
        one = Person(url, address)
        self.browsers.enter_context(one.web)
        return one

    def take(self) -> str:
        return self.left.pop()

    def keep(self) -> str:
        word = self.left.pop()
        self.kept.append(word)
        return word


class Person:
    """A browser behind a proxy that names its address."""

    def __init__(self, url: str, address: str) -> None:
        headers = {"X-Forwarded-For": address, "User-Agent": AGENT}
        self.web = httpx.Client(base_url=url, headers=headers, timeout=30)

    def form(self, path: str, page: str, **fields: str) -> httpx.Response:
        """Send a form with the ticket of ``page``."""
        ticket = _TICKET.search(self.web.get(page).text)
        form = {**fields, "ticket": ticket[1] if ticket else ""}
        return self.web.post(path, data=form)

    def sent(self, path: str, page: str, **fields: str) -> str:
        """Send a form that is taken; return where it leads."""
        answer = self.form(path, page, **fields)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[-600:])
        return str(answer.headers["location"])

    def send(self, path: str, body: dict[str, object]) -> dict[str, object]:
        answer = self.web.post(path, json=body)
        assert answer.status_code < 300, (path, answer.status_code, answer.text)
        return dict(answer.json())


def have_a_life(server: Served, words: Words, voice_port: int) -> None:
    """Leave words in every corner."""
    mara = words.person(server.url, ADDRESSES[0])
    invite = server.invite.removeprefix(server.url)
    name = words.keep()
    assert mara.form(invite, invite, name=name, password=GOOD).status_code == 200
    group = mara.sent("/groups", "/groups", name=words.keep(), preset="working").split("?")[0]
    for _ in range(4):
        mara.sent(f"{group}/rooms", group, name=words.keep())
    slugs = re.findall(r'href="/r/([a-z0-9]+)/call"', mara.web.get(group).text)
    mara.sent(f"{group}/display", group, display=words.keep())
    for slug in dict.fromkeys(slugs):
        write_in_room(mara, slug, words)
    talk_by_mumble(mara, slugs[0], words, voice_port)
    for _ in range(10):
        pad = mara.sent(f"/p/{group.split('/')[2]}", group, name=words.keep()).split("?")[0]
        mara.sent(f"{pad}/append", pad, text=words.keep())
    keep_keys(mara, words)
    bring_others(mara, group, words, server)


def write_in_room(mara: Person, slug: str, words: Words) -> None:
    """Messages, links, an agenda, names at the door."""
    found = _ROOM_ID.search(mara.web.get(f"/r/{slug}/call").text)
    assert found is not None
    api = f"/api/v1/rooms/{found[1]}"
    for number in range(10):
        mara.send(f"{api}/messages", {"text": words.keep(), "key": f"k{number}"})
    gone = mara.send(f"{api}/messages", {"text": words.take(), "key": "gone"})
    mara.send(f"{api}/messages/{gone['id']}/retract", {})
    for _ in range(2):
        mara.sent(f"/r/{slug}/links", f"/r/{slug}/settings", right="listen", label=words.keep())
    mara.send(f"{api}/plenum/open", {"title": words.keep(), "agenda": f"1. {words.keep()} (5 min)"})
    for _ in range(3):
        mara.send(f"{api}/plenum/add", {"title": words.keep(), "minutes": 5, "note": words.keep()})
    visitor = words.person(str(mara.web.base_url), ADDRESSES[1])
    wish = {"name": words.take(), "link": None, "pass": None, "video": False}
    visitor.web.post(f"{api}/call/join", json=wish)


def talk_by_mumble(mara: Person, slug: str, words: Words, port: int) -> None:
    """A client that gives its name, talks, writes, shows a comment, and breaks the rules."""
    made = mara.sent(f"/r/{slug}/links", f"/r/{slug}/settings", right="speak", label=words.keep())
    token = parse_qs(urlsplit(made).query)["g"][0]
    with Peer(port, BY_MUMBLE) as stranger:
        stranger.send(MUMBLE, Authenticate(username=words.take(), password=words.take(), opus=True))
        assert stranger.refusal() is not None
    with Peer(port, BY_MUMBLE) as peer:
        peer.send(MUMBLE)
        peer.login(words.take(), token).bind()
        for number in range(20):
            peer.say(opus(number))
            peer.udp.send(words.all[number].encode() * 4)
        peer.send(
            UserState(session=peer.session, comment=words.take()),
            TextMessage(session=(peer.session,), message=words.take()),
            UserStats(session=peer.session),
            BanList(query=True),
        )
        peer.barrier()
        for _ in range(5):
            peer.send_raw(9, b"\x1a\x7f" + words.take().encode())
        assert peer.ends()


def keep_keys(mara: Person, words: Words) -> None:
    """Labels of programs and devices."""
    for purpose in re.findall(r'name="purpose" value="([a-z.]+)"', mara.web.get("/me/keys").text):
        fields = {"purpose": purpose, "label": words.keep(), "once": words.take()}
        assert mara.form("/me/keys", "/me/keys", **fields).status_code in (200, 303)
    number = re.findall(r"/me/sessions/(\d+)/name", mara.web.get("/me/devices").text)[0]
    mara.sent(f"/me/sessions/{number}/name", "/me/devices", label=words.keep())
    body = {"endpoint": f"https://push.example/{words.keep()}", "p256dh": "k", "auth": "a"}
    mara.send("/api/v1/me/device", dict(body))


def bring_others(mara: Person, group: str, words: Words, server: Served) -> None:
    """People who come by invite, ask for an account, mistype, look for what is not there."""
    link = mara.sent(f"{group}/invites", group, role="member", uses="5", days="1")
    code = link.split("?")[0].rpartition("/")[2]
    for address in ADDRESSES[2:4]:
        juno = words.person(server.url, address)
        answer = juno.form(f"/i/{code}", f"/i/{code}", name=words.keep(), password=words.take())
        assert answer.status_code == 200, answer.text[-600:]
    stranger = words.person(server.url, ADDRESSES[4])
    for _ in range(8):
        word = words.take()
        stranger.web.get(f"/{word}?q={word}")
        stranger.web.get(f"/i/{word}")
    for _ in range(6):
        stranger.form("/signin", "/signin", name=words.take(), password=words.take())
    for _ in range(4):
        proof = solve(stranger.web.get("/api/v1/challenge").json())
        stranger.sent("/p", "/", title=words.keep(), proof=proof)
        proof = solve(stranger.web.get("/api/v1/challenge").json())
        stranger.sent("/start", "/", name=words.keep(), proof=proof)
    mara.form(f"{group}/offers", group, account=words.take())
    while words.left:
        stranger.web.post(f"/{words.take()}", content=words.take() if words.left else "x")


def needles(words: Words) -> Iterator[bytes]:
    for word in words.all:
        yield from plain_spellings(word)
    yield from of_people(raw=False)


def of_people(*, raw: bool = True) -> Iterator[bytes]:
    """Yield what is never kept at all: where people are, and with what."""
    for address in (*ADDRESSES, BY_MUMBLE):
        yield from plain_spellings(address)
        yield from numbers(address, raw=raw)
    yield from spellings(AGENT)


def test_a_machine_that_is_taken_tells_nothing(tmp_path: Path) -> None:
    words = Words()
    wanted: set[bytes] = set()
    port = free_port()
    with served(tmp_path / "server", settings=SETTINGS.format(port=port)) as server:
        with words.browsers:
            have_a_life(server, words, port)
        assert not words.left
        assert len(words.kept) >= WORDS // 2
        wanted = set(needles(words))
        identity = backup_of(server, tmp_path / "backups")
        assert found_in(tmp_path, wanted) == [], "while it runs"
        server.kill()
    assert found_in(tmp_path, wanted) == [], "after the plug was pulled"
    [backup] = list((tmp_path / "backups").iterdir())
    inside = opened(backup, identity, tmp_path / "opened")
    held = b"".join(path.read_bytes() for path in inside.rglob("*") if path.is_file())
    lost = [word for word in words.kept if word.encode() not in held]
    # Pads are kept as edits of a few letters; their names and everything else are whole.
    assert len(lost) <= 15, lost
    assert found_in(inside, set(of_people())) == [], "not even for those who have the key"


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    for number, needle in enumerate(sorted(set(needles(Words())))[::7]):
        (tmp_path / "one").write_bytes(b"before" + needle + b"after" + bytes([number % 256]))
        assert found_in(tmp_path, {needle})
