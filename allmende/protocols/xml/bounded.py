"""expat with limits: it calls back for elements, and for nothing that could be a trap.

XML 1.0; RFC 6120, 11. No DTD, no entities but the five of XML, no comments, no processing
instructions; the encoding is UTF-8. Who counts elements keeps to `MAX_DEPTH` and `MAX_ATTRIBUTES`.
"""

from collections.abc import Callable
from typing import Final, NoReturn
from xml.parsers import expat

from allmende.protocols.xml.errors import XmlMalformed, XmlRestricted

MAX_DEPTH: Final = 64
MAX_ATTRIBUTES: Final = 64
SEPARATOR: Final = " "

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def bounded_parser(start: Start, end: End) -> expat.XMLParserType:
    """Return a parser that calls ``start`` and ``end``; both may raise an XmlRefused.

    Its ``CurrentByteIndex`` is where the event of now begins; for the end of an element written
    as ``<x/>`` it is behind it. Its ``intern`` holds all names that it has seen.
    """
    parser = expat.ParserCreate("UTF-8", SEPARATOR, {})
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.XmlDeclHandler = _check_declaration
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_instruction
    parser.CommentHandler = _refuse_comment
    # expat >= 2.6 would hold a token back until more bytes come.
    defer = getattr(parser, "SetReparseDeferralEnabled", None)
    if defer is not None:
        defer(False)
    return parser


def feed(parser: expat.XMLParserType, data: bytes | bytearray, *, last: bool = False) -> None:
    """Parse ``data``. Raises XmlRefused."""
    if b"\0" in data:  # expat would follow a byte order mark into UTF-16
        raise XmlMalformed("not UTF-8")
    try:
        parser.Parse(data, last)
    except expat.ExpatError as problem:
        raise XmlMalformed(expat.ErrorString(problem.code)) from None


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.upper() != "UTF-8":
        raise XmlMalformed("not UTF-8")


def _refuse_doctype(*_: object) -> NoReturn:
    raise XmlRestricted("document type")


def _refuse_instruction(_target: str, _data: str) -> NoReturn:
    raise XmlRestricted("processing instruction")


def _refuse_comment(_text: str) -> NoReturn:
    raise XmlRestricted("comment")
