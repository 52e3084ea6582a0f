"""Text that wants to be a program, by every way into a pad: it comes out as text, or not at all."""

import asyncio
import json
import re
from html.parser import HTMLParser
from typing import Final

import httpx
import pytest

from allmende.protocols.yjs.update import ANY, FORMAT, TYPE
from bench.served import Served
from tests.hostile.padwire import Hand, Pad, lines, new_pad, pair, string, wire, written
from tests.protocols.yjs.writing import inside, item, text, update

pytestmark = pytest.mark.slow

WORDS: Final = "harmlos"
CODE: Final = "alert(1)"
HOSTILE: Final = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//feind.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:alert(1)' onclick='alert(1)' style='x:expression(alert(1))'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<base href='https://feind.example/'><meta http-equiv=refresh content='0;url=//feind.example'>",
    "<form action='//feind.example'><button formaction='javascript:alert(1)'>x</button></form>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 "
    "onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "</div></allmende-pad></main><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<p style='background:url(javascript:alert(1))' id=share-1 class=button>x</p>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title></title><script>alert(1)</script>",
]
MARKDOWN: Final = [
    "[x](javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "![x](javascript:alert(1))",
    "![x](https://feind.example/pixel.png)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
]
_NEVER: Final = frozenset(
    (
        *("iframe", "object", "embed", "base", "applet", "frame", "frameset", "foreignobject"),
        *("animate", "set", "template", "math", "img", "image", "audio", "video", "source"),
        *("track", "marquee", "portal", "noscript"),
    )
)
_SCHEME: Final = re.compile(r"[\s\0]*([a-z][\sa-z0-9+.-]*):", re.IGNORECASE)
_GOOD: Final = ("http", "https", "mailto", "tel")


class Active(HTMLParser):
    """Finds what a browser would run, load or follow by itself; ``own``: a page of ours."""

    def __init__(self, *, own: bool) -> None:
        super().__init__()
        self.found: list[str] = []
        self._own = own

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        is_ours = self._own and known.get("src", "").startswith("/static/")
        if tag in _NEVER or (tag == "script" and not is_ours) or (tag == "style" and self._own):
            self.found.append(f"<{tag}>")
        if known.get("http-equiv", "content-security-policy").lower() != "content-security-policy":
            self.found.append(f"<{tag} http-equiv>")
        for name, value in known.items():
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                self.found.append(f"{name}={value}")
            if name in ("href", "src", "action", "xlink:href", "poster", "data"):
                self._follow(name, value)

    def _follow(self, name: str, value: str) -> None:
        scheme = _SCHEME.match(value)
        if scheme and scheme[1].lower() not in _GOOD:
            self.found.append(f"{name}={value}")
        if name in ("src", "action") and not value.startswith("/"):
            self.found.append(f"{name}={value}")


def active_in(html: str, *, own: bool) -> list[str]:
    parser = Active(own=own)
    parser.feed(html)
    parser.close()
    return parser.found


@pytest.mark.parametrize("html", [*HOSTILE, "<a href=//feind.org onclick=x>", "<svg/onload=x>"])
def test_what_looks_for_active_content_finds_it(html: str) -> None:
    assert active_in(html.replace("<!-->", "").replace("<![CDATA[", ""), own=True)


async def nothing_runs(who: Hand, base: str) -> None:
    """In all pages and files of the pad; and they say to the browser what they are."""
    for page in ("", "?view=text", "?view=follow", "/history"):
        answer = await who.get_raw(base + page)
        assert answer.status_code == 200
        assert active_in(answer.text, own=True) == [], page
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    for form in ("html", "md", "txt", "json"):
        answer = await who.get_raw(f"{base}/export/{form}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert WORDS in answer.text
        if form == "html":
            assert active_in(answer.text, own=False) == []
        else:
            assert "html" not in answer.headers["content-type"]


async def bring(who: Hand, base: str, name: str, data: str) -> httpx.Response:
    page = await who.page(f"{base}?view=text")
    ticket = re.findall(r'name="ticket" value="([^"]+)"', page)[0]
    file = {"file": (name, data.encode())}
    return await who.post_raw(f"{base}/import", data={"ticket": ticket}, files=file)


def carried(html: str) -> str:
    """A file of our own form."""
    return json.dumps(
        {
            "format": "allmende-pad",
            "version": 1,
            "kind": "rich",
            "language": html,
            "title": html,
            "text": f"{WORDS}\n\n{html}",
            "revisions": [],
        }
    )


def test_what_is_brought_in_a_file_is_never_active(server: Served) -> None:
    async def story() -> None:
        pad = await new_pad(server.url)
        whole = "".join(HOSTILE)
        async with Hand(server.url) as who:
            for html in (*HOSTILE, whole):
                file = f"<p>{WORDS}</p>{html}"
                done = await bring(who, pad.path, '"><script>alert(1)</script>.html', file)
                assert done.status_code == 303
                await nothing_runs(who, pad.path)
            for source in (*MARKDOWN, *HOSTILE):
                done = await bring(who, pad.path, "x.md", f"{WORDS}\n\n{source}\n")
                assert done.status_code == 303
                await nothing_runs(who, pad.path)
            done = await bring(who, pad.path, "x.json", carried(whole))
            assert done.status_code in (303, 400)
            await nothing_runs(who, pad.path)

    asyncio.run(story())


def test_what_is_added_by_the_form_is_letters(server: Served) -> None:
    async def story() -> None:
        pad = await new_pad(server.url)
        page, added = f"{pad.path}?view=text", "\n".join(HOSTILE)
        async with pair(server.url, pad.path), Hand(server.url) as who:
            await who.fill(page, f"{pad.path}/append", text=f"{WORDS}\n{added}")
            await nothing_runs(who, pad.path)
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in await who.page(page)
            assert HOSTILE[0] in await who.page(f"{pad.path}/export/txt")

    asyncio.run(story())


def test_titles_names_and_revisions_are_letters(server: Served) -> None:
    async def story() -> None:
        pad = await new_pad(server.url)
        async with Hand(server.url) as who:
            await who.fill(f"{pad.path}?view=text", f"{pad.path}/append", text=WORDS)
            for html in (one.replace("\t", "") for one in HOSTILE):
                page = f"{pad.admin}/settings"
                form = {"who_edits": "link", "who_reads": "link", "expiry": "30"}
                await who.post_raw(f"{pad.path}/me", json={"name": html[:60], "colour": 1})
                await who.fill(page, page, do="save", title=html[:80], history="full", **form)
                for base in (pad.path, pad.admin):
                    await nothing_runs(who, base)
            for html in HOSTILE[:5]:
                await who.make_pad_link(pad.admin, "read", html[:60])
                await who.fill(f"{pad.path}/history", f"{pad.path}/revisions", name=html[:60])
            assert active_in(await who.page(f"{pad.admin}/settings"), own=True) == []
            await nothing_runs(who, pad.path)

    asyncio.run(story())


def attribute(of: tuple[int, int], name: str, value: str) -> bytes:
    return item(ANY, b"\x01\x77" + string(value), inside(of, name))


def test_what_an_editor_writes_as_elements_and_marks_is_never_active(server: Served) -> None:
    """A program need not keep to what our editor can write."""
    named = ["script", "img", "svg", "iframe", "p onclick=alert(1)", "raw", "image", "codeBlock"]

    async def story() -> None:
        pad: Pad = await new_pad(server.url)
        async with pair(server.url, pad.path), Hand(server.url) as who:
            for name in named:
                async with wire(server.url, pad.path) as foe:
                    me = foe.client
                    await foe.send(written(update((me, 0, lines(me, WORDS)))))
                    clock = 2 + len(WORDS)
                    of = (me, clock)
                    structs = [
                        item(TYPE, b"\x03" + string(name), inside()),
                        attribute(of, "src", "javascript:alert(1)"),
                        attribute(of, "onerror", CODE),
                        attribute(of, "language", '"><script>alert(1)</script>'),
                        attribute(of, "level", "1 onclick=alert(1)"),
                        item(TYPE, b"\x06", inside(of)),
                        text("<script>alert(1)</script>", inside((me, clock + 5))),
                    ]
                    await foe.send(written(update((me, clock, structs))))
                    await foe.answered()
                    href = json.dumps({"href": "javascript:alert(1)", "onclick": CODE})
                    mark = item(FORMAT, string("link") + string(href), inside((me, 1)))
                    last = clock + 6 + len("<script>alert(1)</script>")
                    await foe.send(written(update((me, last, [mark]))))
                    await foe.answered()
                    assert foe.code is None, name
                await nothing_runs(who, pad.path)

    asyncio.run(story())
