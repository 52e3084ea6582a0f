"""HTML <-> the document tree, and a page that needs nothing besides itself.

Reading is in ``reading``, which loads a library that a start does not need.
"""

from allmende.protocols.markup.html.page import page_html
from allmende.protocols.markup.html.writing import write_html

__all__ = ["page_html", "write_html"]
