"""The page ``/r/SLUG/voice/settings``: what the voice of a room may be used for."""

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from allmende.core.rooms import Room
from allmende.systems.voice.model.settings import RoomVoice, bandwidth_of
from allmende.systems.voice.service.settings import Settings
from allmende.systems.voice.web.kit import WebKit
from allmende.webkit.forms import Refusal, or_again
from allmende.webkit.http import caller_of, read_form


class VoiceForm(msgspec.Struct, forbid_unknown_fields=True):
    """Ticked or not; ``bandwidth`` in kbit/s, empty: as usual."""

    mumble: str = ""
    listen: str = ""
    record: str = ""
    push_to_talk: str = ""
    bandwidth: str = ""


def settings_routes(settings: Settings, kit: WebKit) -> list[Route]:
    """Return the routes of the page."""

    async def shown(request: Request) -> Response:
        room, voice = await settings.shown(caller_of(request), request.path_params["slug"])
        return page(request, room, _typed(voice))

    async def change(request: Request) -> Response:
        form, who = await read_form(request, VoiceForm), caller_of(request)
        room, _ = await settings.shown(who, request.path_params["slug"])

        async def work() -> Response:
            await settings.change(who, room.id, _meant(form))
            return RedirectResponse(f"/r/{room.slug}/voice/settings?done=saved", 303)

        def again(refusal: Refusal, status: int) -> Response:
            return page(request, room, form, refusal, status)

        return await or_again(work, again, kit.pages.translator(request))

    def page(
        request: Request,
        room: Room,
        typed: VoiceForm,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "room": room,
            "typed": typed,
            "refusal": refusal,
            "done": request.query_params.get("done", ""),
        }
        return kit.pages.render(request, "voice/settings.html", values, status_code=status)

    path = "/r/{slug}/voice/settings"
    return [Route(path, shown, methods=["GET"]), Route(path, change, methods=["POST"])]


def _typed(voice: RoomVoice) -> VoiceForm:
    def ticked(is_so: bool) -> str:
        return "on" if is_so else ""

    return VoiceForm(
        mumble=ticked(not voice.is_off),
        listen=ticked(voice.may_listen),
        record=ticked(voice.may_record),
        push_to_talk=ticked(voice.push_to_talk),
        bandwidth="" if voice.bandwidth_bps is None else str(voice.bandwidth_bps // 1000),
    )


def _meant(form: VoiceForm) -> RoomVoice:
    return RoomVoice(
        is_off=not form.mumble,
        may_listen=bool(form.listen),
        may_record=bool(form.record),
        push_to_talk=bool(form.push_to_talk),
        bandwidth_bps=bandwidth_of(form.bandwidth),
    )
