"""Nothing active comes out, whatever goes in: a corpus of attacks, and random trees."""

from collections.abc import Mapping, Set
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.markup.html import page_html, write_html
from allmende.protocols.markup.html.reading import read_html
from allmende.protocols.markup.html.writing import ELEMENTS
from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.markup.markdown.reading import read_markdown
from allmende.protocols.markup.tree import Blocks
from tests.protocols.markup.trees import trees

ATTACKS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script>a</script\n>b<script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/xss src=data:,alert(1)></script>",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<img src=x onerror=alert(1)>",
    "<img/src/onerror=alert(1)>",
    "<img src='x\" onerror=\"alert(1)'>",
    "<img src=`x`onerror=alert(1)>",
    "<img src=javascript:alert(1)>",
    "<img srcset='https://evil.example/a 1x' src=data:image/svg+xml;base64,PHN2Zz4=>",
    "<body onload=alert(1)>a",
    "<b onmouseover=alert(1) onclick='alert(1)' ONFOCUS=alert(1) autofocus tabindex=1>a</b>",
    "<p style='background:url(javascript:alert(1))'>a</p>",
    "<p style=\"behavior:url(#x)\" id=x class=y name=z>a</p>",
    "<style>*{background:url(//evil.example)}</style>a",
    "<style><img src=\"</style><img src=x onerror=alert(1)//\">",
    "<link rel=stylesheet href=//evil.example/a.css>a",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>a",
    "<base href=//evil.example/>a",
    "<iframe src=javascript:alert(1)></iframe>a",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)></object><embed src=//evil.example/a.swf>a",
    "<applet code=x><param name=a value=b></applet>",
    "<form action=javascript:alert(1)><input type=submit formaction=javascript:alert(1)>a</form>",
    "<button formaction=javascript:alert(1)>a</button>",
    "<input onfocus=alert(1) autofocus>",
    "<select onfocus=alert(1)><option>a</select>",
    "<textarea onfocus=alert(1) autofocus></textarea><keygen autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>a</details>",
    "<marquee onstart=alert(1)>a</marquee>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)//",
    "<svg><a xlink:href=javascript:alert(1)><text x=0 y=20>a</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><annotation-xml encoding=\"text/html\"><img src=x onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=javascript:alert(1)>a</a>",
    "<a href=' &#14; javascript:alert(1)'>a</a>",
    "<a href='java&#x0A;script:alert(1)'>a</a>",
    "<a href='java&Tab;script&colon;alert(1)'>a</a>",
    "<a href=JaVaScRiPt:alert(1)>a</a>",
    "<a href=data:text/html,<script>alert(1)</script>>a</a>",
    "<a href=vbscript:a>a</a><a href=blob:a>a</a><a href=file:///etc/passwd>a</a>",
    "<a href='https://a.de' target=_top rel=opener ping=//evil.example onclick=a>a</a>",
    "<a href='https://a.de/\" onclick=\"alert(1)'>a</a>",
    "<a href=\"https://a.de/&quot; onclick=&quot;alert(1)\">a</a>",
    "<template><script>alert(1)</script></template>",
    "<xmp><script>alert(1)</script></xmp><plaintext><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=1?><?php echo 1 ?><script>alert(1)</script>",
    "<x onclick=alert(1)>a</x><custom-tag is=script>a</custom-tag>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<isindex action=javascript:alert(1) type=image>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>a</table>",
    "<li data-type='\"><script>alert(1)</script>' data-checked=\"true\" onclick=x>a",
    "<ol start='1\" onclick=\"alert(1)'><li>a</ol>",
    "<pre><code class='language-\"><script>alert(1)</script>'>a</code></pre>",
    "<span class='spaces\" onclick=\"alert(1)'>  </span>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<p>&amp;lt;script&amp;gt;</p>",
    "<title><img src=x onerror=alert(1)></title>",
    "<div\x00 onclick=alert(1)>a</div><scr\x00ipt>alert(1)</scr\x00ipt>",
    "\u2028<\u017fcript>alert(1)</\u017fcript><\u212abd>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<img src=x onerror=alert(1)",
    "<a href='javascript:alert(1)",
    "<p title='",
    "</script><script>alert(1)</script>",
    "]]>--></style></title></textarea></noscript><script>alert(1)</script>",
    "[a](javascript:alert(1)) ![a](javascript:alert(1)) <javascript:alert(1)>",
    "[a](https://a.de/\"onclick=\"alert(1)) [b]: javascript:alert(1)\n\n[b]",
    "```\"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```",
    "| <script>alert(1)</script> | a |\n|-|-|\n| <img src=x onerror=alert(1)> | b |",
    "<table><tr><td onclick=alert(1)><script>alert(1)</script>a</td></tr></table>",
    "<u onclick=alert(1)>a</u> <br onclick=alert(1)> <sub><script>alert(1)</script></sub>",
)  # fmt: skip
PAGE = {"html": {"lang"}, "head": set(), "body": set(), "main": set(), "title": set()}
PAGE |= {"style": set(), "meta": {"charset", "name", "content", "http-equiv"}}
VALUES = {
    "rel": {"nofollow noopener noreferrer ugc"},
    "data-type": {"taskList", "taskItem"},
    "data-checked": {"true", "false"},
    "data-raw": {""},
}


class Inspector(HTMLParser):
    """Another parser than ours; it remembers what it would rather not have seen."""

    def __init__(self, allowed: Mapping[str, Set[str]]) -> None:
        super().__init__()
        self.allowed = allowed
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.allowed:
            self.found.append(tag)
        for name, value in attrs:
            if name not in self.allowed.get(tag, ()):
                self.found.append(f"{tag} {name}")
            if name in VALUES and value not in VALUES[name]:
                self.found.append(f"{name}={value}")
            if name == "href" and not (value or "").startswith(("https://", "http://", "mailto:")):
                self.found.append(f"href={value}")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"comment {data}")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"instruction {data}")

    def unknown_decl(self, data: str) -> None:
        self.found.append(f"declaration {data}")


def unsafe(html: str, allowed: Mapping[str, Set[str]] = ELEMENTS) -> list[str]:
    inspector = Inspector(allowed)
    inspector.feed(html)
    inspector.close()
    return inspector.found


def test_the_inspector_sees_what_is_unsafe() -> None:
    seen = unsafe(
        "<script></script><b onclick=a></b><a href=data:a></a><!--a--><?a><pre data-raw=x>"
    )
    assert seen == [
        "script", "b", "b onclick", "href=data:a", "comment a", "instruction a", "data-raw=x",
    ]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_gets_through(attack: str) -> None:
    for text in (attack, f"<p>a</p>{attack}<p>b</p>", f"# a\n\n- x\n\n  {attack}\n\nb"):
        for blocks in (read_html(text), read_markdown(text)):
            assert unsafe(write_html(blocks)) == []
            assert unsafe(page_html(attack, blocks, "de"), {**ELEMENTS, **PAGE}) == []
            again = read_markdown(write_markdown(blocks))
            assert unsafe(write_html(again)) == []


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>a<script>evil</script>b<style>evil</style>c</p>", "abc"),
        ("<svg><text>evil</text></svg>a<math><mi>evil</mi></math>b", "ab"),
        ("<iframe>evil</iframe>a<noscript>evil</noscript><template>evil</template>", "a"),
        ("<a href=javascript:evil>a</a><img src=data:evil alt=b>", "ab"),
        ("<form><button>a</button></form>", "a"),
    ],
)
def test_what_is_active_is_gone_and_the_rest_stays(html: str, said: str) -> None:
    written = write_html(read_html(html))
    assert written == f"<p>{said}</p>"


@pytest.mark.slow
@given(trees)
def test_any_tree_is_written_without_anything_active(blocks: Blocks) -> None:
    assert unsafe(write_html(blocks)) == []


@pytest.mark.slow
@given(st.lists(st.sampled_from(ATTACKS), max_size=4), st.data())
def test_no_mixture_of_attacks_gets_through(attacks: list[str], data: st.DataObject) -> None:
    text = "".join(attacks)
    start = data.draw(st.integers(0, len(text)))
    text = text[start:] + text[:start]
    for blocks in (read_html(text), read_markdown(text)):
        assert unsafe(write_html(blocks)) == []
