"""HTML -> the document tree: ``taming`` makes it small, nh3 clean, ``builder`` reads what is left.

Scripts, styles, drawings, formulas and frames are gone with all that is in them; other elements
that the schema does not know dissolve and their text stays. Links may go to the web or to mail,
pictures become links to them.
"""

from collections.abc import Mapping, Set
from typing import Final

import nh3

from allmende.protocols.markup.html.builder import Builder
from allmende.protocols.markup.html.taming import tamed
from allmende.protocols.markup.schema import clean_text, normalised, require_size
from allmende.protocols.markup.tags import MARK_TAGS
from allmende.protocols.markup.tree import Blocks

MAX_HTML_BYTES: Final = 2_000_000
"""The tags count as well: the text in them may be as long as any other."""

_NONE: Final[Set[str]] = frozenset()
_BLOCKS: Final = (
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "hr"),
    *("table", "tbody", "thead", "tfoot", "tr", "th", "td", "div"),
    *("address", "article", "aside", "caption", "center", "dd", "details", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "legend"),
    *("main", "nav", "section", "summary"),
)
_WANTED: Final[Mapping[str, Set[str]]] = {
    **dict.fromkeys((*_BLOCKS, *MARK_TAGS, "br"), _NONE),
    "a": {"href"},
    "code": {"class"},
    "img": {"src", "alt"},
    "input": {"type", "checked"},
    "li": {"data-type", "data-checked"},
    "ol": {"start"},
    "pre": {"class"},
    "span": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_GONE: Final = frozenset(
    {
        *("script", "style", "svg", "math", "iframe", "frame", "object", "embed", "applet"),
        *("template", "noscript", "noembed", "noframes", "title", "textarea", "select", "option"),
        *("xmp", "plaintext", "audio", "video", "canvas", "portal", "fencedframe"),
    }
)
_SCHEMES: Final = frozenset({"http", "https", "mailto"})


def read_html(text: str) -> Blocks:
    """Return the document that ``text`` says. Raises MarkupTooLarge."""
    require_size(text, MAX_HTML_BYTES)
    clean = nh3.clean(
        tamed(clean_text(text), _WANTED, _GONE),
        tags=set(_WANTED),
        clean_content_tags=set(_GONE),
        attributes={name: set(attributes) for name, attributes in _WANTED.items() if attributes},
        url_schemes=set(_SCHEMES),
        link_rel=None,
    )
    builder = Builder()
    builder.feed(clean)
    return normalised(builder.end(), limited=True)
