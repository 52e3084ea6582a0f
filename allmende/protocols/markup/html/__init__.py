"""HTML <-> the document tree, and a page that needs nothing besides itself."""

from allmende.protocols.markup.html.page import page_html
from allmende.protocols.markup.html.reading import read_html
from allmende.protocols.markup.html.writing import write_html

__all__ = ["page_html", "read_html", "write_html"]
