"""Texts of Mumble and of the chat, both ways."""

import pytest

from allmende.systems.voice.service import rich


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("hallo <b>alle</b>", "hallo alle"),
        ("eins<br />zwei", "eins\nzwei"),
        ("<p>eins</p><p>zwei</p>", "eins\nzwei"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ('<a href="https://a.example/x">hier</a>', "hier (https://a.example/x)"),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="javascript:alert(1)">hier</a>', "hier"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n* b"),
        ("<script>alert(1)</script>da", "da"),
        ("<!DOCTYPE HTML><html><head><style>p{}</style></head><body><p>so</p></body></html>", "so"),
        ("  ", ""),
    ],
)
def test_html_becomes_what_the_chat_keeps(html: str, plain: str) -> None:
    assert rich.plain(html) == plain


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<b onclick='x'>hallo</b>", "<b>hallo</b>"),
        ("<img src='https://tracker.example/x'>da", "da"),
        ("<iframe src='x'>weg</iframe>da", "da"),
        ('<a href="https://a.example" style="x">da</a>', '<a href="https://a.example">da</a>'),
        ('<a href="data:text/html,x">da</a>', "<a>da</a>"),
        ('<a href="mumble://a.example:64738/Raum">da</a>',
         '<a href="mumble://a.example:64738/Raum">da</a>'),
        ('<a href="mumble://anna:token@a.example/">da</a>', "<a>da</a>"),
        ("1 < 2", "1 &lt; 2"),
        ("<font color='red'>laut</font>", "laut"),
    ],
)  # fmt: skip
def test_only_what_is_listed_reaches_another_client(html: str, clean: str) -> None:
    assert rich.clean(html) == clean


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("<b>fett</b> & so", "&lt;b&gt;fett&lt;/b&gt; &amp; so"),
        ("eins\nzwei", "eins<br />zwei"),
        ("siehe https://a.example/x.", 'siehe <a href="https://a.example/x">https://a.example/x</a>.'),
        ('https://a.example/"><script>', '<a href="https://a.example/">https://a.example/</a>'
         "&quot;&gt;&lt;script&gt;"),
    ],
)  # fmt: skip
def test_what_the_chat_keeps_is_shown_as_it_is(plain: str, html: str) -> None:
    assert rich.shown(plain) == html


def test_pictures_are_found() -> None:
    assert rich.has_picture('<p><img src="data:image/png;base64,xx"/></p>')
    assert not rich.has_picture("&lt;img&gt;")
