"""Markdown (CommonMark 0.31 with tables, strikethrough and task lists) <-> the document tree."""

from allmende.protocols.markup.markdown.reading import read_markdown
from allmende.protocols.markup.markdown.writing import write_markdown

__all__ = ["read_markdown", "write_markdown"]
