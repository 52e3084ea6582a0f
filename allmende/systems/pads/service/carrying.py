"""Carrying texts out of a pad and into it: plain text, Markdown, HTML, and our own JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pycrdt

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput, QuotaExceeded
from allmende.core.late import Late
from allmende.protocols.markup.html import page_html
from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.markup.plain import read_text
from allmende.protocols.markup.tree import Blocks, CodeBlock, MarkupTooLarge
from allmende.systems.pads.model.content import text_of, tree_of, write_tree
from allmende.systems.pads.model.document import ROOT, Document
from allmende.systems.pads.model.history import BEFORE_RESTORE, clean_revision_name
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import History, Kind, Pad
from allmende.systems.pads.model.policy import MAX_IMPORT_BYTES, MAX_IMPORTED_REVISIONS
from allmende.systems.pads.service.finding import OpenPad
from allmende.systems.pads.service.writing import Writing

if TYPE_CHECKING:
    from allmende.protocols.markup.html import reading as html_reading
    from allmende.protocols.markup.markdown import reading
else:
    html_reading = Late("allmende.protocols.markup.html.reading")
    reading = Late("allmende.protocols.markup.markdown.reading")

FORMAT: Final = "allmende-pad"
VERSION: Final = 1


class Form(StrEnum):
    """What a text can be carried as; the end of the name of its file."""

    TEXT = "txt"
    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


MEDIA_TYPES: Final = {
    Form.TEXT: "text/plain; charset=utf-8",
    Form.MARKDOWN: "text/markdown; charset=utf-8",
    Form.HTML: "text/html; charset=utf-8",
    Form.JSON: "application/json",
}


class Revision(msgspec.Struct, frozen=True):
    """An earlier state. ``at`` and ``author`` are for people; on import they are not taken."""

    name: str
    text: str
    at: str = ""
    author: str = ""


class Carried(msgspec.Struct, frozen=True):
    """A pad as JSON. ``text`` is Markdown where ``kind`` is ``rich``, else the text itself.

    Named revisions come first to last.
    """

    format: str
    version: int
    kind: Kind
    language: str
    title: str
    text: str
    revisions: Sequence[Revision] = ()


@dataclass(frozen=True, slots=True)
class File:
    """What is sent to be saved."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to take over. ``before`` is the name that the state before it is kept by."""

    form: Form
    data: bytes
    before: str


class Carrying(Writing):
    """Export needs ``read``, import ``edit``; the past goes along where the caller sees it."""

    @property
    def text_bytes(self) -> int:
        """How long the text of a pad may be."""
        return self._defaults.text_bytes

    async def export(self, who: Caller, address: Address, form: Form, language: str) -> File:
        """Return the pad as a file; ``language`` is that of the people. Raises NotFound."""
        opened = await self._database.read(lambda db: self._found(db, who, address))
        pad = opened.pad
        if form is Form.JSON:
            data = msgspec.json.format(msgspec.json.encode(await self._carried(opened)), indent=1)
        else:
            write = {Form.TEXT: _as_text, Form.MARKDOWN: _as_source, Form.HTML: _as_page}[form]
            text = await self._engine.read(pad.id, lambda one: write(one, pad, language))
            data = text.encode()
        return File(f"{_file_name(pad)}.{form}", MEDIA_TYPES[form], data)

    async def bring(
        self,
        who: Caller,
        address: Address,
        secret: str,
        upload: Upload,
    ) -> None:
        """Put what is in a file in the place of the whole text; the state before is kept.

        All of it is read before anything is changed. Raises NotFound, NotAllowed, InvalidInput
        ``file``, QuotaExceeded ``pads.too-large``.
        """
        opened, author = await self._writer(who, address, secret)
        pad = opened.pad
        final, earlier = states_of(upload, pad.kind, self._defaults.text_bytes)
        keeps = pad.history is not History.NONE
        if keeps and pad.edited_at is not None:
            await self._engine.name_revision(pad.id, upload.before, author.id)
        for name, blocks in earlier:
            await self._engine.edit(pad.id, author.id, _replacing(pad.kind, blocks))
            if keeps:
                await self._engine.name_revision(pad.id, name, author.id)
        await self._engine.edit(pad.id, author.id, _replacing(pad.kind, final))

    async def _carried(self, opened: OpenPad) -> Carried:
        pad, revisions = opened.pad, []
        if opened.may_see_history:
            for one in reversed(await self._engine.revisions(pad.id)):
                if one.name and one.name != BEFORE_RESTORE:
                    text = await self._engine.read_keyframe(pad.id, one.id, _source)
                    revisions.append(Revision(one.name, text, one.at.isoformat()))
        return Carried(
            format=FORMAT,
            version=VERSION,
            kind=pad.kind,
            language=pad.language,
            title=pad.title,
            text=await self._engine.read(pad.id, _source),
            revisions=revisions,
        )


def states_of(
    upload: Upload, kind: Kind, most_bytes: int
) -> tuple[Blocks, Sequence[tuple[str, Blocks]]]:
    """Return the text in a file, and earlier states with their names, ready to be written.

    Raises InvalidInput ``pads.file-not-understood``, QuotaExceeded ``pads.too-large``.
    """
    data, form = upload.data, upload.form
    if len(data) > MAX_IMPORT_BYTES:
        raise QuotaExceeded("pads.file-too-large", field="file", max=MAX_IMPORT_BYTES // 1_000_000)
    if form is not Form.JSON:
        return _blocks(_decoded(data), form, kind, most_bytes), ()
    carried = _parsed(data)
    inner = Form.MARKDOWN if carried.kind is Kind.RICH else Form.TEXT
    earlier = [
        (clean_revision_name(one.name), _blocks(one.text, inner, kind, most_bytes))
        for one in carried.revisions
    ]
    return _blocks(carried.text, inner, kind, most_bytes), earlier


def _parsed(data: bytes) -> Carried:
    try:
        carried = msgspec.json.decode(data, type=Carried)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise InvalidInput("pads.file-not-understood", field="file") from None
    if carried.format != FORMAT or carried.version != VERSION:
        raise InvalidInput("pads.file-not-understood", field="file")
    if len(carried.revisions) > MAX_IMPORTED_REVISIONS:
        raise QuotaExceeded("pads.too-many-revisions", field="file", max=MAX_IMPORTED_REVISIONS)
    return carried


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("pads.file-not-understood", field="file") from None
    if "\0" in text:
        raise InvalidInput("pads.file-not-understood", field="file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str, form: Form, kind: Kind, most_bytes: int) -> Blocks:
    """In a pad of plain text everything but HTML is taken letter by letter."""
    if len(text.encode("utf-8", "replace")) > most_bytes:
        raise QuotaExceeded("pads.too-large", field="file")
    if kind is Kind.TEXT and form is not Form.HTML:
        return (CodeBlock(text),)
    read = {
        Form.TEXT: read_text,
        Form.MARKDOWN: reading.read_markdown,
        Form.HTML: html_reading.read_html,
    }[form]
    try:
        return read(text)
    except MarkupTooLarge:
        raise QuotaExceeded("pads.too-large", field="file") from None


def _replacing(kind: Kind, blocks: Blocks) -> Callable[["pycrdt.Doc[Any]"], None]:
    def change(doc: "pycrdt.Doc[Any]") -> None:
        with doc.transaction():
            if kind is Kind.TEXT:
                doc.get(ROOT, type=pycrdt.Text).clear()
            else:
                children = doc.get(ROOT, type=pycrdt.XmlFragment).children
                del children[0 : len(children)]
            write_tree(doc, kind, blocks)

    return change


def _source(document: Document) -> str:
    if document.kind is Kind.TEXT:
        return text_of(document.doc, Kind.TEXT)
    return write_markdown(tree_of(document.doc, Kind.RICH))


def _as_text(document: Document, pad: Pad, language: str) -> str:
    return text_of(document.doc, pad.kind)


def _as_source(document: Document, pad: Pad, language: str) -> str:
    return _source(document)


def _as_page(document: Document, pad: Pad, language: str) -> str:
    return page_html(pad.title or "Pad", tree_of(document.doc, pad.kind), language)


def _file_name(pad: Pad) -> str:
    """Letters, digits and hyphens of the title; it goes into a header."""
    spelt = "".join(c if c.isalnum() or c in "-_" else "-" for c in pad.title)
    return "-".join(part for part in spelt.split("-") if part)[:60] or "pad"
