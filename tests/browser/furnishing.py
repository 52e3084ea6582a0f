"""One of everything that a page can show, made as people make it."""

import re
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.served import Served
from bench.visitor import Place, Visitor

AGENDA = "1. Runde (15 min, Info, Ana)\n   Notiz\n2. Umzug (30 min)\n3. Fest (5 min)"


@dataclass(frozen=True)
class Furnished:
    """``values`` fill addresses in, ``cookies`` are those of each person by name."""

    values: Mapping[str, str]
    cookies: Mapping[str, Sequence[Mapping[str, str]]] = field(repr=False)


async def furnish(server: Served) -> Furnished:
    """Make one of everything that a page can show."""
    async with (
        Visitor(server.url) as mara,
        Visitor(server.url) as kim,
        Visitor(server.url) as lou,
        Visitor(server.url) as guest,
    ):
        await mara.accept_invite(server.invite, "mara", secrets.token_urlsafe(16))
        await switch_codes_on(mara)
        group = await mara.make_group("Wohnprojekt")
        room = await mara.make_room(group, "Küche")
        links = [
            await mara.sent(
                f"/r/{room.slug}/settings",
                f"/r/{room.slug}/links",
                {"right": right, "label": right},
            )
            for right in ("speak", "listen")
        ]
        opened = await guest.start_room("Plenum")
        pads = await write_pads(mara, group, room.slug)
        held, over = await mara.make_room(group, "Garten"), await mara.make_room(group, "Laden")
        for place in (held, over):
            await hold(mara, place)
        await mara.plenum(over, "close")
        values = {
            "held": held.slug,
            "over": over.slug,
            "group": group,
            "room": room.slug,
            "link": links[0].partition("g=")[2],
            "listen": links[1].partition("g=")[2],
            "open": opened.slug,
            "token": opened.link,
            **pads,
            **await people(server, (mara, kim, lou), group),
            "reset": reset_link(server),
        }
        ask_for_data(server, group)
        everybody = {"mara": mara, "kim": kim, "lou": lou}
        return Furnished(values, {name: cookies(one) for name, one in everybody.items()})


def cookies(one: Visitor) -> list[Mapping[str, str]]:
    """Return the cookies of somebody who is signed in, as a browser takes them."""
    pairs = [pair.partition("=") for pair in one.cookie().split("; ")]
    return [
        {"name": name, "value": value, "url": one.url} for name, _, value in pairs if name != "lang"
    ]


async def write_pads(mara: Visitor, group: str, room: str) -> Mapping[str, str]:
    """Make pads in a group, in a room and at a random address; return what names them."""
    for name, kind in (("Plan", "rich"), ("Code", "text")):
        await mara.sent(f"/g/{group}", f"/p/{group}", {"name": name, "kind": kind})
        path = f"/p/{group}/{name}"
        await mara.sent(path, f"{path}/append", {"text": f"# {name}\n\nhallo"})
    plan, in_room = f"/p/{group}/Plan", f"/r/{room}/pads"
    await mara.sent(f"{plan}/history", f"{plan}/revisions", {"name": "nach dem Plenum"})
    state = re.search(r"/history/(\d+)\"", await mara.page(f"{plan}/history"))
    await mara.sent(in_room, in_room, {"name": "Plan"})
    where, _, admin = (await mara.sent("/p", "/p", {"title": "Camp"})).partition("/made?a=")
    settings = await mara.page(f"/p/a.{admin}/settings")
    links = dict(re.findall(r"/p/([re])\.([\w-]{22})", settings))
    return {
        "pad": where,
        "pad_admin": admin,
        "pad_read": links["r"],
        "pad_edit": links["e"],
        "state": "" if state is None else state[1],
    }


async def hold(facilitation: Visitor, place: Place) -> None:
    """Let an assembly run with an item of each state."""
    await facilitation.plenum(place, "open", title="Plenum", agenda=AGENDA)
    await facilitation.plenum(place, "start")
    await facilitation.plenum(place, "park", item=3)
    await facilitation.plenum(place, "next")
    await facilitation.plenum(place, "next")


async def people(
    server: Served, who: tuple[Visitor, Visitor, Visitor], group: str
) -> Mapping[str, str]:
    """Let Kim be a member who lost everything, Lou a new one, Noor leave, and Juno ask."""
    mara, kim, lou = who
    invites, codes = f"/g/{group}/invites", list[str]()
    for uses in ("3", "1"):
        wish = {"role": "member", "uses": uses, "days": "7"}
        codes.append((await mara.sent(f"/g/{group}", invites, wish)).rpartition("/")[2])
    await lou.accept_invite(f"/i/{codes[0]}", "lou", secrets.token_urlsafe(16))
    kit = await kim.accept_invite(f"/i/{codes[0]}", "kim", secrets.token_urlsafe(16))
    async with Visitor(server.url) as noor, Visitor(server.url) as juno:
        await noor.accept_invite(f"/i/{codes[0]}", "noor", secrets.token_urlsafe(16))
        leaving = await noor.sent("/me/leave", "/me/leave", {"name": "noor", "when": "later"})
        rules = {"mode": "open", "vouching": "on"}
        await mara.sent("/op/registration", "/op/registration", rules)
        ask = {"name": "juno", "password": secrets.token_urlsafe(16), "body": "Kim kennt mich."}
        asked = await juno.sent("/requests", "/requests", ask)
        vouch = re.search(r"/vouch/([\w-]+)", await juno.page(asked))
    own = await mara.sent("/me/invites", "/me/invites", {})
    await mara.answered("/me/keys", "/me/keys", {"purpose": "chat", "label": "Skript"})
    left = await come_and_leave(mara, kim)
    await switch_codes_on(kim)
    async with Visitor(server.url) as lost:
        waits = await lost.sent("/recover", "/recover", {"code": kit})
    return {
        "code": codes[1],
        "own_code": own.rpartition("/")[2],
        "leaving": leaving.rpartition("/")[2],
        "asked": asked.rpartition("/")[2],
        "vouch": "" if vouch is None else vouch[1],
        "left": left.rpartition("/")[2],
        "waits": waits.rpartition("/")[2],
    }


async def come_and_leave(mara: Visitor, kim: Visitor) -> str:
    """Let Kim leave a group and be offered a place again; return where leaving is undone."""
    group = await mara.make_group("Garten")
    code = await mara.sent(f"/g/{group}", f"/g/{group}/invites", {"role": "member"})
    invite = f"/i/{code.rpartition('/')[2]}"
    await kim.sent(invite, f"{invite}/join", {})
    left = await kim.sent(f"/g/{group}", f"/g/{group}/leave", {})
    offer = {"account": "kim", "role": "member"}
    await mara.sent(f"/g/{group}", f"/g/{group}/offers", offer)
    return left


async def switch_codes_on(one: Visitor) -> None:
    """Let an app make codes as the second step."""
    page = await one.page("/me/second-step")
    offer = re.search(r'name="offer" value="([^"]+)"', page)
    secret = re.search(r'id="totp-secret"[^>]*value="([^"]+)"', page)
    if offer is None or secret is None:
        raise ValueError("no offer of a second step")
    form = {"offer": offer[1], "code": code_of(secret[1])}
    await one.answered("/me/second-step", "/me/second-step", form)


def code_of(secret: str) -> str:
    """Return what an app on a phone shows now."""
    command = ["oathtool", "--totp", "--base32", secret]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def reset_link(server: Served) -> str:
    """Return the token of a sign-in link, as the operator gives it."""
    return typed(server, "account", "recover", "mara").split("/signin/")[1].split()[0]


def ask_for_data(server: Served, group: str) -> None:
    """Let the command line want data of others while there are two who operate."""
    typed(server, "account", "role", "lou", "operator")
    for what, thing in (("account", "kim"), ("group", group)):
        typed(server, "export", what, thing, str(server.data / "never"), code=1)


def typed(server: Served, *words: str, code: int = 0) -> str:
    """Type a command beside the server; return what it prints."""
    command = [sys.executable, "-m", "allmende", *words, "--data", str(server.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != code:
        raise RuntimeError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
