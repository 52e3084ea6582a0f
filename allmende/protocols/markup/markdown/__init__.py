"""Markdown (CommonMark 0.31 with tables, strikethrough and task lists) <-> the document tree.

Reading is in ``reading``, which loads more than a start needs.
"""

from allmende.protocols.markup.markdown.writing import write_markdown

__all__ = ["write_markdown"]
