"""The chat of a room on the web: a page that needs no script, and JSON for the one that has."""

import secrets
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from allmende.core.accounts import Scope
from allmende.core.errors import UserError
from allmende.core.ids import MAX_ID, MessageId, RoomId
from allmende.core.ports.room_chat import ChatLine
from allmende.systems.chat.model.messages import MAX_TEXT_CHARS, pieces
from allmende.systems.chat.service import ChatService, History
from allmende.webkit.errors import status_of
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, json_response, read_form, read_json
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.programs import ProgramRoute
from allmende.webkit.templates import Pages

_BODY_BYTES = 64 * 1024


class NewText(msgspec.Struct, forbid_unknown_fields=True):
    """What a client posts. ``key`` is its own random name: sent twice, it is stored once."""

    text: str
    key: str


class TextForm(msgspec.Struct, forbid_unknown_fields=True):
    """The form of the page."""

    text: str = ""
    key: str = ""


class RetractForm(msgspec.Struct, forbid_unknown_fields=True):
    """The button beside a message."""

    message: int


class Pace:
    """How fast one person may write: by account, by guest, else by hashed address."""

    def __init__(self, limit: RateLimit, addresses: AddressKeys) -> None:
        self._limit = limit
        self._addresses = addresses

    def count(self, request: Request) -> None:
        """Raise TooManyRequests if this is too fast."""
        who = caller_of(request)
        if who.account_id is not None:
            self._limit.take(f"a{who.account_id}")
        elif who.guest is not None:
            self._limit.take(f"g{who.guest.id}")
        else:
            self._limit.take(self._addresses.key_of(request))


def routes(chat: ChatService, pages: Pages, pace: Pace) -> list[Route]:
    """The paths of chat."""
    return [*_api_routes(chat, pace), *_page_routes(chat, pages, pace)]


def shown(line: ChatLine) -> dict[str, Any]:
    """Return one message as JSON has it; ``pieces`` are what to show, with the links in it.

    ``notice`` is what the house says, as ids of texts: the reader's page has the language.
    """
    return {
        "id": line.id,
        "author": line.author,
        "pieces": pieces(line.text),
        "sent_at": line.sent_at,
        "mine": line.mine,
        "notice": [{"id": sentence, "values": values} for sentence, values in line.notice],
    }


def _shown_page(history: History) -> dict[str, Any]:
    lines = [shown(line) for line in history.lines]
    return {"as_of": history.as_of, "messages": lines, "more": history.more}


def _api_routes(chat: ChatService, pace: Pace) -> list[Route]:
    async def send(request: Request) -> Response:
        new = await read_json(request, NewText, limit_bytes=_BODY_BYTES)
        pace.count(request)
        line = await chat.say(caller_of(request), _room(request), new.text, new.key)
        return json_response(shown(line), 201)

    async def read(request: Request) -> Response:
        before = _before(request.query_params.get("before", ""))
        history = await chat.history(caller_of(request), _room(request), before=before)
        return json_response(_shown_page(history))

    async def retract(request: Request) -> Response:
        await read_json(request, _Nothing, limit_bytes=_BODY_BYTES)
        message_id = MessageId(request.path_params["message_id"])
        await chat.retract(caller_of(request), _room(request), message_id)
        return json_response({})

    messages = "/api/v1/rooms/{room_id:id}/messages"
    return [
        ProgramRoute(messages, read, methods=["GET"], opened_by=Scope.CHAT_READ),
        ProgramRoute(messages, send, methods=["POST"], opened_by=Scope.CHAT),
        ProgramRoute(
            messages + "/{message_id:id}/retract",
            retract,
            methods=["POST"],
            opened_by=Scope.CHAT,
        ),
    ]


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


def _page_routes(chat: ChatService, pages: Pages, pace: Pace) -> list[Route]:
    async def shown_page(
        request: Request, text: str = "", refusal: Refusal | None = None, status: int = 200
    ) -> Response:
        what = await chat.page(caller_of(request), request.path_params["slug"])
        t = pages.translator(request)
        values = {
            "room": what.room,
            "label": " ".join(t(sentence, **values) for sentence, values in what.label),
            "history": _shown_page(what.history),
            "writes": what.writes,
            "moderates": what.moderates,
            "text": text,
            "key": secrets.token_urlsafe(16),
            "refusal": refusal,
            "max_chars": MAX_TEXT_CHARS,
        }
        return pages.render(request, "chat/room.html", values, status)

    async def page(request: Request) -> Response:
        return await shown_page(request)

    async def write(request: Request) -> Response:
        form = await read_form(request, TextForm)
        slug, who = request.path_params["slug"], caller_of(request)
        try:
            pace.count(request)
            room = (await chat.page(who, slug)).room
            await chat.say(who, room.id, form.text, form.key)
        except UserError as error:
            sentence = pages.translator(request)(error.message_id, **error.values)
            refusal = Refusal("text", sentence)
            return await shown_page(request, form.text, refusal, status_of(error))
        return RedirectResponse(f"/r/{slug}/chat#newest", 303)

    async def retract(request: Request) -> Response:
        form = await read_form(request, RetractForm)
        slug, who = request.path_params["slug"], caller_of(request)
        room = (await chat.page(who, slug)).room
        await chat.retract(who, room.id, MessageId(form.message))
        return RedirectResponse(f"/r/{slug}/chat", 303)

    return [
        Route("/r/{slug}/chat", page, methods=["GET"]),
        Route("/r/{slug}/chat", write, methods=["POST"]),
        Route("/r/{slug}/chat/retract", retract, methods=["POST"]),
    ]


def _room(request: Request) -> RoomId:
    return RoomId(request.path_params["room_id"])


def _before(text: str) -> MessageId | None:
    known = text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_ID
    return MessageId(int(text)) if known else None
