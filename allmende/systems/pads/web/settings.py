"""Settings of a pad: title, policy, end, links, lock, import, deleting."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import InvalidInput
from allmende.systems.pads.model.pad import Capability, History, PadLinkId, Whom
from allmende.systems.pads.model.policy import EXPIRY_DAYS, MAX_IMPORT_BYTES, MAX_LINK_DAYS
from allmende.systems.pads.service.carrying import Form, Upload
from allmende.systems.pads.service.pads import PadService
from allmende.systems.pads.service.settings import SettingsShown
from allmende.systems.pads.store.pads import PadSettings
from allmende.systems.pads.web.kit import Author, PadKit, address_of, below_pads, to
from allmende.systems.pads.web.pages import about
from allmende.systems.pads.web.uploads import read_upload
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form

_Digits = Annotated[str, Meta(pattern="^[0-9]{0,6}$")]
_Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Do = Literal[
    "save", "link", "revoke", "lock", "unlock", "colours", "convert", "forget-me", "delete"
]
FOR_EVER: Final = "never"

EXPIRY_TEXTS: Final = {1: "pads.expiry-1", 30: "pads.expiry-30", 365: "pads.expiry-365"}
HISTORY_TEXTS: Final = {
    History.FULL: "pads.history-full",
    History.NAMED: "pads.history-named",
    History.NONE: "pads.history-none",
}
CAPABILITY_TEXTS: Final = {
    Capability.READ: "pads.gives-read",
    Capability.EDIT: "pads.gives-edit",
    Capability.ADMIN: "pads.gives-admin",
}


class SettingsForm(msgspec.Struct, forbid_unknown_fields=True):
    """All forms of the page; ``do`` is the button that was pressed."""

    do: _Do
    title: str = ""
    who_edits: Whom = Whom.MEMBERS
    who_reads: Whom = Whom.MEMBERS
    readers_see_history: str = ""
    history: History = History.FULL
    expiry: Annotated[str, Meta(pattern="^([0-9]{1,4}|never)$")] = FOR_EVER
    capability: Capability = Capability.READ
    label: str = ""
    days: _Digits = ""
    link: _Id = 0
    sure: str = ""


def settings_routes(pads: PadService, kit: PadKit) -> list[Route]:
    """Return the routes of settings."""
    pages = SettingsPages(pads, kit)
    below = [
        ("/settings", pages.shown, "GET"),
        ("/settings", pages.change, "POST"),
        ("/import", pages.bring, "POST"),
    ]
    return below_pads(below)


class SettingsPages:
    """For those who look after a pad; importing and being forgotten for those who write."""

    def __init__(self, pads: PadService, kit: PadKit) -> None:
        self._pads = pads
        self._kit = kit
        self._doing: dict[str, Callable[[Request, SettingsForm], Awaitable[str]]] = {
            "save": self._save,
            "link": self._link,
            "revoke": self._revoke,
            "lock": self._lock,
            "unlock": self._lock,
            "colours": self._colours,
            "convert": self._convert,
            "delete": self._delete,
        }

    async def shown(self, request: Request) -> Response:
        """Show settings and links."""
        found = await self._pads.settings(caller_of(request), address_of(request))
        return self._page(request, found)

    async def change(self, request: Request) -> Response:
        """Do what the button says."""
        form, address = await read_form(request, SettingsForm), address_of(request)
        who = caller_of(request)
        if form.do == "forget-me":
            await self._pads.forget_me(who, address, Author(request).secret)
            return to(f"{address.base}")
        found = await self._pads.settings(who, address)

        async def work() -> Response:
            return to(await self._doing[form.do](request, form))

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, found, form, refusal, status)

        return await self._kit.or_again(request, work, again)

    async def bring(self, request: Request) -> Response:
        """Put a file in the place of the text."""
        file = await read_upload(request, "file", limit_bytes=MAX_IMPORT_BYTES)
        author, address = Author(request), address_of(request)
        ending = file.name.lower().rpartition(".")[2]
        known = {"markdown": Form.MARKDOWN, "htm": Form.HTML, "text": Form.TEXT}
        if ending not in list(Form) and ending not in known:
            raise InvalidInput("pads.file-kind", field="file")
        form = known.get(ending) or Form(ending)
        before = self._kit.pages.translator(request)("pads.before-import")
        upload = Upload(form, file.data, before)
        await self._pads.bring(caller_of(request), address, author.secret, upload)
        return author.kept(to(address.base))

    async def _save(self, request: Request, form: SettingsForm) -> str:
        new = PadSettings(
            title=form.title,
            who_edits=form.who_edits,
            who_reads=Whom.LINK if form.who_edits is Whom.LINK else form.who_reads,
            readers_see_history=bool(form.readers_see_history),
            history=form.history,
            expiry_days=None if form.expiry == FOR_EVER else int(form.expiry),
        )
        await self._pads.change(caller_of(request), address_of(request), new)
        return self._back(request, "saved")

    async def _link(self, request: Request, form: SettingsForm) -> str:
        days = int(form.days) if form.days else None
        who, address = caller_of(request), address_of(request)
        await self._pads.make_link(who, address, form.capability, form.label, days)
        return self._back(request, "link") + "#links"

    async def _revoke(self, request: Request, form: SettingsForm) -> str:
        link_id = PadLinkId(form.link)
        who, address = caller_of(request), address_of(request)
        own = (await self._pads.open(who, address)).link
        await self._pads.revoke_link(who, address, link_id)
        is_own = own is not None and own.id == link_id
        return "/" if is_own else self._back(request, "revoked") + "#links"

    async def _lock(self, request: Request, form: SettingsForm) -> str:
        locked = form.do == "lock"
        await self._pads.lock(caller_of(request), address_of(request), locked=locked)
        return self._back(request, "locked" if locked else "unlocked")

    async def _colours(self, request: Request, form: SettingsForm) -> str:
        await self._pads.clear_authorship(caller_of(request), address_of(request))
        return self._back(request, "colours")

    async def _convert(self, request: Request, form: SettingsForm) -> str:
        await self._pads.convert(caller_of(request), address_of(request))
        return self._back(request, "converted")

    async def _delete(self, request: Request, form: SettingsForm) -> str:
        await self._pads.delete(caller_of(request), address_of(request), sure=bool(form.sure))
        return "/p/deleted"

    def _back(self, request: Request, done: str) -> str:
        return f"{address_of(request).base}/settings?done={done}"

    def _page(
        self,
        request: Request,
        found: SettingsShown,
        typed: SettingsForm | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        pad = found.opened.pad
        expiry = FOR_EVER if pad.expiry_days is None else str(pad.expiry_days)
        kept = SettingsForm(
            "save",
            title=pad.title,
            who_edits=pad.who_edits,
            who_reads=pad.who_reads,
            readers_see_history="on" if pad.readers_see_history else "",
            history=pad.history,
            expiry=expiry,
        )
        is_link = typed is not None and typed.do == "link"
        t = self._kit.pages.translator(request)
        done = request.query_params.get("done", "")
        values = {
            **about(request, self._kit, found.opened),
            "links": [(one.link, self._kit.address(one.address.base)) for one in found.links],
            "typed": typed if typed is not None and typed.do == "save" else kept,
            "new_link": typed if is_link else kept,
            "expiries": [(str(days), t(EXPIRY_TEXTS[days])) for days in EXPIRY_DAYS],
            "history_texts": HISTORY_TEXTS,
            "capability_texts": CAPABILITY_TEXTS,
            "most_days": MAX_LINK_DAYS,
            "most_mb": MAX_IMPORT_BYTES // 1_000_000,
            "refusal": refusal,
            "done": DONE_TEXTS.get(done, ""),
        }
        return self._kit.page(request, "settings", values, status)


DONE_TEXTS: Final = {
    "saved": "pads.done-saved",
    "link": "pads.done-link",
    "revoked": "pads.done-revoked",
    "locked": "pads.done-locked",
    "unlocked": "pads.done-unlocked",
    "colours": "pads.done-colours",
    "converted": "pads.done-converted",
}
