"""A whole page that needs nothing besides itself: for exports."""

from html import escape
from typing import Final

from allmende.protocols.markup.html.writing import write_html
from allmende.protocols.markup.tree import Blocks

_STYLE: Final = """\
:root { color-scheme: light dark; }
body { max-width: 42em; margin: 2em auto; padding: 0 1em; line-height: 1.5; \
font-family: system-ui, sans-serif; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; border: 1px solid; padding: 0.5em; }
blockquote { margin-inline: 0; padding-inline-start: 1em; border-inline-start: 3px solid; }
table { border-collapse: collapse; }
th, td { border: 1px solid; padding: 0.2em 0.5em; text-align: start; vertical-align: top; }
li > p, td > p, th > p { margin: 0; }
ul[data-type="taskList"] { list-style: none; padding-inline-start: 0; }
ul[data-type="taskList"] > li { display: flex; gap: 0.5em; }
.spaces { white-space: pre-wrap; }
"""


def page_html(title: str, blocks: Blocks, language: str) -> str:
    """Return a page with ``title`` that shows ``blocks``; ``language`` is a BCP 47 tag.

    It runs no script and asks nobody for anything, also where it is opened from a disk.
    Raises MarkupTooLarge.
    """
    return f"""\
<!doctype html>
<html lang="{escape(language, quote=True)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title, quote=False)}</title>
<style>
{_STYLE}</style>
</head>
<body>
<main>
{write_html(blocks)}
</main>
</body>
</html>
"""
