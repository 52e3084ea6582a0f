"""Reads bodies into types and writes answers. What cannot be read is refused here, once."""

import json
from collections.abc import Iterator
from typing import Any, Final, TypeVar, get_origin
from urllib.parse import parse_qsl

import msgspec
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput, NotFound, NotSignedIn, QuotaExceeded
from allmende.core.ids import MAX_ID, AccountId
from allmende.webkit.csrf import TICKET_FIELD, require_same_site, require_ticket
from allmende.webkit.site import visit_of

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

MAX_BODY_BYTES: Final = 1_048_576
MAX_FORM_FIELDS: Final = 200
ALLOW_BODY: Final = "allmende.allow-body"
"""In ``scope["extensions"]``: where the listener says how its limit is lifted (transports.gate)."""


class Int63Convertor(Convertor[int]):
    """An id in a path: ``{room_id:id}``. What no database can hold was never given to anything."""

    regex = "0|[1-9][0-9]{0,39}"

    def convert(self, value: str) -> int:
        """Return the number; NotFound above 2^63 - 1."""
        number = int(value)
        if number > MAX_ID:
            raise NotFound("web.not-found", detail="id above 2^63 - 1")
        return number

    def to_string(self, value: int) -> str:
        """Return the digits."""
        return str(value)


# Starlette knows convertors by name for the whole process; ours is always the same one.
register_url_convertor("id", Int63Convertor())


async def read_json(request: Request, type_: type[T], *, limit_bytes: int = MAX_BODY_BYTES) -> T:
    """Read the JSON body of a request that changes something.

    Raises InvalidInput ``web.invalid-body`` with the path of the ``field``, QuotaExceeded
    ``web.body-too-large``, NotAllowed ``web.other-site``.
    """
    require_same_site(request)
    if _media_type(request) != "application/json":
        raise InvalidInput("web.invalid-body", field="content-type", detail="not JSON")
    body = await read_body(request, limit_bytes)
    try:
        value = msgspec.json.decode(body, type=type_)
        json.loads(body, object_pairs_hook=_refuse_repeated_keys)
    except msgspec.ValidationError as failure:
        raise _invalid(_path_of(failure), "wrong type") from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise _invalid("", "broken JSON") from None
    require_plain(value)
    return value


async def read_form(
    request: Request, type_: type[S], *, limit_bytes: int = MAX_BODY_BYTES, ticket: bool = True
) -> S:
    """Read a form into a Struct; its fields are str, list[str], or what a str converts to.

    A field that is not in the form keeps its default (an unticked box). Raises like
    ``read_json``, besides NotAllowed ``web.form-too-old`` for a missing ticket.
    """
    require_same_site(request)
    if _media_type(request) != "application/x-www-form-urlencoded":
        raise _invalid("content-type", "not a form")
    body = await read_body(request, limit_bytes)
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:
        raise _invalid("", "broken form") from None
    values = _form_values(pairs, type_)
    sent = values.pop(TICKET_FIELD, "")
    if ticket:
        require_ticket(request, str(sent))
    try:
        form = msgspec.convert(values, type_, strict=False)
    except msgspec.ValidationError as failure:
        raise _invalid(_path_of(failure), "wrong value") from None
    require_plain(form)
    return form


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body; QuotaExceeded before more than ``limit_bytes`` are kept."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and len(announced) < 20 and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
    return bytes(body)


def allow_body(request: Request, most: int) -> None:
    """Take a body of up to ``most`` bytes on this route, where others are refused by the house."""
    allow = request.scope.get("extensions", {}).get(ALLOW_BODY)
    if allow is not None:
        allow(most)


def json_response(value: object, status_code: int = 200) -> Response:
    """Answer with ``value`` (Structs, dataclasses, datetimes, plain values) as JSON."""
    return Response(
        msgspec.json.encode(value),
        status_code,
        {"Cache-Control": "no-store"},
        media_type="application/json",
    )


def caller_of(request: HTTPConnection) -> Caller:
    """Return who asks."""
    return visit_of(request).caller


def account_of(request: HTTPConnection) -> AccountId:
    """Return the account that asks; NotSignedIn ``web.not-signed-in`` if there is none."""
    account_id = caller_of(request).account_id
    if account_id is None:
        raise NotSignedIn("web.not-signed-in")
    return account_id


def require_plain(value: object) -> None:
    """Raise InvalidInput if a text holds NUL or half a surrogate, or a number passes 63 bits."""
    try:
        leaves = list(_leaves(msgspec.to_builtins(value), ""))
    except RecursionError:
        raise _invalid("", "nested too deep") from None
    for path, leaf in leaves:
        if isinstance(leaf, str):
            if "\x00" in leaf or any("\ud800" <= char <= "\udfff" for char in leaf):
                raise _invalid(path, "NUL or half a surrogate")
        elif isinstance(leaf, int) and not -MAX_ID <= leaf <= MAX_ID:
            raise _invalid(path, "number over 63 bits")


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield path, key
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _leaves(item, f"{path}[{position}]")
    else:
        yield path, value


def _form_values(pairs: list[tuple[str, str]], type_: type[S]) -> dict[str, object]:
    """Sort the fields of a form by name; one that is unknown or sent twice is refused."""
    kinds: dict[str, Any] = {part.encode_name: part.type for part in msgspec.structs.fields(type_)}
    kinds[TICKET_FIELD] = str
    values: dict[str, object] = {}
    for name, text in pairs:
        if name not in kinds:
            raise _invalid(name[:40], "unknown field")
        earlier = values.get(name)
        if get_origin(kinds[name]) is list:
            values[name] = [*earlier, text] if isinstance(earlier, list) else [text]
        elif earlier is None:
            values[name] = text
        else:
            raise _invalid(name, "field sent twice")
    return values


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _refuse_repeated_keys(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("repeated key")


def _path_of(failure: msgspec.ValidationError) -> str:
    """msgspec ends its sentence with "- at `$.path`" unless the whole value is meant."""
    _, found, path = str(failure).partition("`$")
    return path.rstrip("`").lstrip(".") if found else ""


def _invalid(field: str, detail: str) -> InvalidInput:
    return InvalidInput("web.invalid-body", field=field, detail=detail)


def _too_large(limit_bytes: int) -> QuotaExceeded:
    return QuotaExceeded("web.body-too-large", limit_kb=limit_bytes // 1024)
