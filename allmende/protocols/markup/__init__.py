"""Formatted text as a tree, and its forms: Markdown, HTML, plain text.

Standards: CommonMark 0.31 with tables, strikethrough and task lists of GitHub Flavored Markdown;
HTML. The names of nodes and marks are those that TipTap 3 stores, see spec pads, P-21.
"""
