"""Files over HTTP, as XEP-0363 has it: put once by who has the ticket, fetched by who has the link.

Nothing here asks who somebody is, and no cookie counts. What is fetched is never a page: it can
run nothing, and is shown instead of stored only if it is a picture on the host of files, where
nobody is signed in.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from allmende.core.errors import AllmendeError
from allmende.systems.chat.model.uploads import PATH, Upload
from allmende.systems.chat.service.uploads import UploadService, is_picture
from allmende.webkit.errors import status_of
from allmende.webkit.http import allow_body, json_response

EVERYWHERE: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
ASKED_BEFORE: Final[Mapping[str, str]] = {
    **EVERYWHERE,
    "Access-Control-Allow-Methods": "OPTIONS, HEAD, GET, PUT",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "7200",
}
_MAX_LENGTH_DIGITS: Final = 15


def file_routes(uploads: UploadService, files_host: str) -> list[Route]:
    """The paths of files. ``files_host``: as browsers name it, "" if there is none for files."""

    async def put(request: Request) -> Response:
        try:
            await _take(uploads, request)
        except AllmendeError as problem:
            return _refused(problem)
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(status_code=201, headers=EVERYWHERE)

    async def get(request: Request) -> Response:
        token, name = _place(request)
        file = await uploads.file(token, name)
        on_files_host = bool(files_host) and request.headers.get("host", "") == files_host
        headers = _headers(file, name, on_files_host=on_files_host)
        if request.method == "HEAD":
            return Response(headers=headers, media_type=file.kind)
        return StreamingResponse(uploads.content(file), headers=headers, media_type=file.kind)

    async def options(_: Request) -> Response:
        return Response(status_code=204, headers=ASKED_BEFORE)

    path = PATH + "/{token}/{name}"
    return [
        Route(path, put, methods=["PUT"]),
        Route(path, get, methods=["GET"]),
        Route(path, options, methods=["OPTIONS"]),
    ]


async def _take(uploads: UploadService, request: Request) -> None:
    token, name = _place(request)
    length = request.headers.get("content-length", "")
    is_number = length.isascii() and length.isdigit() and len(length) <= _MAX_LENGTH_DIGITS
    ticket = uploads.admit(
        token,
        name,
        request.query_params.get("v", ""),
        int(length) if is_number else None,
        request.headers.get("content-type", ""),
    )
    allow_body(request, ticket.size)
    await uploads.take(ticket, token, name, request.stream())


def _headers(file: Upload, name: str, *, on_files_host: bool) -> dict[str, str]:
    way = "inline" if on_files_host and is_picture(file) else "attachment"
    return {
        **EVERYWHERE,
        "Content-Length": str(file.size_bytes),
        "Content-Disposition": f"{way}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
    }


def _refused(problem: AllmendeError) -> Response:
    """Return a refusal that a page on another host may read, too."""
    found = {"error": problem.message_id, "values": problem.values}
    answer = json_response(found, status_of(problem))
    answer.headers.update(EVERYWHERE)
    retry_after_s = problem.values.get("retry_after_s")
    if retry_after_s is not None:
        answer.headers["Retry-After"] = str(retry_after_s)
    return answer


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["token"], request.path_params["name"]
