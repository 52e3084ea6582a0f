"""Reads a form with a file. Nothing of it touches the disk."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from allmende.core.errors import InvalidInput
from allmende.webkit.csrf import TICKET_FIELD, require_same_site, require_ticket
from allmende.webkit.http import read_body

_FRAME_BYTES: Final = 65_536
"""What a form has besides its file."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """``name`` is what the person calls it; it is never used as a path."""

    name: str
    data: bytes


async def read_upload(request: Request, field: str, *, limit_bytes: int) -> UploadedFile:
    """Return the file in ``field`` of a form (RFC 7578).

    Raises QuotaExceeded ``web.body-too-large``, InvalidInput ``web.invalid-body`` with the
    ``field``, NotAllowed ``web.other-site``, ``web.form-too-old``.
    """
    require_same_site(request)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise InvalidInput("web.invalid-body", field="content-type", detail="not a form with file")
    body = await read_body(request, limit_bytes + _FRAME_BYTES)
    parser = MultiPartParser(request.headers, _once(body), max_files=1, max_fields=4)
    parser.spool_max_size = limit_bytes + _FRAME_BYTES
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise InvalidInput("web.invalid-body", field=field, detail="broken form") from None
    try:
        require_ticket(request, str(form.get(TICKET_FIELD, "")))
        file = form.get(field)
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidInput("pads.no-file", field=field)
        return UploadedFile(file.filename, await file.read())
    finally:
        await form.close()


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
