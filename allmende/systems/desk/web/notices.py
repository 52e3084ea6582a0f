"""The inbox, what a person wants to hear, and whether this device rings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.ids import GroupId, NoticeId
from allmende.systems.desk.model.notices import (
    DAY_MIN,
    Level,
    Notice,
    QuietHours,
    minute_of,
)
from allmende.systems.desk.service.notices import Device, Inbox, NoticeService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, json_response, read_form, read_json
from allmende.webkit.language import own_path

_PAGE: Final = "/me/notices"
_LEVEL_TEXTS: Final = {
    Level.ALL: "desk.level-all",
    Level.INBOX: "desk.level-inbox",
    Level.NONE: "desk.level-none",
}


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


class ReadForm(msgspec.Struct, forbid_unknown_fields=True):
    """Everything up to the newest notice on the page."""

    up_to: int


class LevelForm(msgspec.Struct, forbid_unknown_fields=True):
    """How much to hear of a group."""

    level: Level


class QuietForm(msgspec.Struct, forbid_unknown_fields=True):
    """From when to when it is quiet; two empty fields: never."""

    begins: str = ""
    ends: str = ""
    time_zone: str = ""


class DeviceBody(msgspec.Struct, forbid_unknown_fields=True):
    """What ``PushSubscription.toJSON()`` says, and whether texts are shown."""

    endpoint: str
    p256dh: str
    auth: str
    shows_text: bool = False


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """A notice in the language of the person."""

    id: NoticeId
    text: str
    is_read: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Ring:
    """What a browser needs to be rung: our public key; empty where pushes are off.

    ``time_zone`` is the usual one for quiet hours.
    """

    key: str
    time_zone: str


def notice_routes(notices: NoticeService, kit: DeskKit, ring: Ring) -> list[Route]:
    """Return the routes of the inbox."""
    pages = NoticePages(notices, kit, ring)
    return [
        Route(_PAGE, pages.shown, methods=["GET"]),
        Route("/me/notices/read", pages.read, methods=["POST"]),
        Route("/me/notices/quiet", pages.quiet, methods=["POST"]),
        Route("/me/notices/silent", pages.silent, methods=["POST"]),
        Route("/me/notices/groups/{group_id:id}", pages.level, methods=["POST"]),
        Route("/me/notices/{notice_id:id}/open", pages.opened, methods=["POST"]),
        Route("/api/v1/me/notices", pages.as_json, methods=["GET"]),
        Route("/api/v1/me/device", pages.ring, methods=["POST"]),
    ]


class NoticePages:
    """One list for everything, the same on all devices."""

    def __init__(self, notices: NoticeService, kit: DeskKit, ring: Ring) -> None:
        self._notices = notices
        self._kit = kit
        self._ring = ring

    async def shown(self, request: Request) -> Response:
        """Show the inbox."""
        return self._page(request, await self._notices.inbox(caller_of(request)))

    async def as_json(self, request: Request) -> Response:
        """Return the inbox for programs: texts in the language asked for, newest first."""
        inbox = await self._notices.inbox(caller_of(request))
        said = self._said(request, inbox.notices)
        rows = [
            {"id": shown.id, "text": shown.text, "read": shown.is_read, "link": notice.link}
            for shown, notice in zip(said, inbox.notices, strict=True)
        ]
        return json_response({"notices": rows})

    async def opened(self, request: Request) -> Response:
        """Go where a notice leads; it is read then."""
        await read_form(request, NoFields)
        notice_id = NoticeId(request.path_params["notice_id"])
        return to(own_path(await self._notices.opened(caller_of(request), notice_id)))

    async def read(self, request: Request) -> Response:
        """Mark everything on the page as read."""
        form = await read_form(request, ReadForm)
        await self._notices.read_all(caller_of(request), NoticeId(form.up_to))
        return to(_PAGE)

    async def level(self, request: Request) -> Response:
        """Choose how much to hear of a group."""
        form = await read_form(request, LevelForm)
        group_id = GroupId(request.path_params["group_id"])
        await self._notices.choose(caller_of(request), group_id, form.level)
        return to(f"{_PAGE}?done=level#groups")

    async def quiet(self, request: Request) -> Response:
        """Choose when nothing rings."""
        form = await read_form(request, QuietForm)
        who = caller_of(request)

        async def work() -> Response:
            quiet = None
            if form.begins or form.ends:
                begins, ends = minute_of(form.begins, "begins"), minute_of(form.ends, "ends")
                quiet = QuietHours(begins, ends, form.time_zone or self._ring.time_zone)
            await self._notices.keep_quiet(who, quiet)
            return to(f"{_PAGE}?done=quiet#quiet")

        inbox = await self._notices.inbox(who)

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, inbox, form, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def ring(self, request: Request) -> Response:
        """Ring this device from now on."""
        body = await read_json(request, DeviceBody)
        device = Device(
            endpoint=body.endpoint,
            key=body.p256dh,
            auth=body.auth,
            shows_text=body.shows_text,
            language=self._kit.texts.language_of(request),
        )
        await self._notices.ring_here(caller_of(request), device)
        return json_response({"rings": True})

    async def silent(self, request: Request) -> Response:
        """Ring this device no more."""
        await read_form(request, NoFields)
        await self._notices.ring_no_more(caller_of(request))
        return to(f"{_PAGE}?done=silent#device")

    def _page(
        self,
        request: Request,
        inbox: Inbox,
        form: QuietForm | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        quiet = inbox.quiet
        typed = form or QuietForm(
            begins=_clock(quiet.begins_min) if quiet else "",
            ends=_clock(quiet.ends_min) if quiet else "",
            time_zone=quiet.time_zone if quiet else self._ring.time_zone,
        )
        t = self._kit.pages.translator(request)
        values = {
            "notices": self._said(request, inbox.notices),
            "unread": sum(not notice.is_read for notice in inbox.notices),
            "newest": inbox.notices[0].id if inbox.notices else 0,
            "levels": inbox.levels,
            "level_texts": [(level.value, t(text)) for level, text in _LEVEL_TEXTS.items()],
            "quiet": typed,
            "device": inbox.device,
            "ring_key": self._ring.key,
            "done": request.query_params.get("done", ""),
            "refusal": refusal,
        }
        return self._kit.page(request, "notices", values, status)

    def _said(self, request: Request, notices: Sequence[Notice]) -> list[NoticeShown]:
        t = self._kit.pages.translator(request)
        return [
            NoticeShown(
                notice.id,
                t(notice.message_id, **notice.values),
                notice.is_read,
                notice.at,
            )
            for notice in notices
        ]


def _clock(minute: int) -> str:
    minute %= DAY_MIN
    return f"{minute // 60:02}:{minute % 60:02}"
