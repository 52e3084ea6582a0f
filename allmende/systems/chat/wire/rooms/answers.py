"""What rooms say of themselves, and their archives. XEP-0030, 0045, 0077, 0313, 0410, 0425."""

from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import disco, forms, moderation, muc
from allmende.protocols.xmpp.disco import INFO_NAME, ITEMS_NAME, Identity, Item
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forms import Field, Form, hidden
from allmende.protocols.xmpp.ids import SID
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.mam import EXTENDED, MAM, METADATA, QUERY, fields
from allmende.systems.chat.model.rooms import (
    Affiliation,
    Config,
    Standing,
    belongs,
    nick_key,
)
from allmende.systems.chat.wire.house import PING
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.mam import metadata_of, send_page
from allmende.systems.chat.wire.rooms import form
from allmende.systems.chat.wire.rooms.chronicle import Chronicle
from allmende.systems.chat.wire.rooms.hall import Hall
from allmende.systems.chat.wire.rooms.halls import Halls
from allmende.systems.chat.wire.rooms.talk import Talk

FEATURES: Final = (
    disco.INFO, disco.ITEMS, PING, muc.MUC, muc.STABLE_ID, muc.SELF_PING, muc.OCCUPANT,
    muc.REGISTER, f"{muc.MUC}#register", MAM, EXTENDED, SID, *moderation.FEATURES,
)  # fmt: skip
_REGISTER: Final = f"{muc.REGISTER} query"
_REGISTER_FORM: Final = f"{muc.MUC}#register"
_NICK: Final = "muc#register_roomnick"


class Answers:
    """Add it to a table with `join`. ``title``: of the place where all rooms are."""

    def __init__(self, halls: Halls, chronicle: Chronicle, talk: Talk, title: str) -> None:
        self._halls = halls
        self._chronicle = chronicle
        self._talk = talk
        self._title = title

    def join(self, table: IqTable) -> None:
        """Let it answer."""
        here = Where.ROOMS
        table.announce(here, disco.INFO, disco.ITEMS, PING, muc.MUC, muc.OCCUPANT)
        table.add(here, INFO_NAME, self._info_of_house)
        table.add(here, ITEMS_NAME, self._items_of_house)
        table.add(here, f"{PING} ping", self._pong)
        room = Where.ROOM
        table.add(room, INFO_NAME, self._info, *FEATURES)
        table.add(room, ITEMS_NAME, self._items)
        table.add(room, f"{PING} ping", self._self_ping)
        table.add(room, QUERY, self._archive)
        table.add(room, METADATA, self._metadata)
        table.add(room, _REGISTER, self._register)
        table.add(room, moderation.MODERATE_NAME, self._moderate)
        table.add(room, moderation.APPLY_NAME, self._moderate)

    # --- the place of all rooms ---------------------------------------------------------

    async def _info_of_house(self, request: Request) -> Element:
        _require_no_node(request)
        identity = Identity("conference", "text", self._title)
        features = {disco.INFO, disco.ITEMS, PING, muc.MUC, muc.OCCUPANT}
        return disco.info([identity], features)

    async def _items_of_house(self, _request: Request) -> Element:
        found = await self._halls.rooms.listed()
        return disco.items(
            Item(str(Jid(room.name, self._halls.domain)), room.config.title or room.name)
            for room in found
            if room.config.persistent or self._halls.live(room.name) is not None
        )

    async def _pong(self, _request: Request) -> Element | None:
        return None

    # --- one room -----------------------------------------------------------------------

    async def _info(self, request: Request) -> Element:
        _require_no_node(request)
        if request.target.resource:
            raise StanzaError("service-unavailable")
        async with self._halls.inside(request.target.local) as hall:
            self._require_known(hall, request.sender)
            config, room = hall.room.config, hall.room
            identity = Identity("conference", "text", config.title or room.name)
            features = [*FEATURES, *kinds_of(config)]
            return disco.info([identity], features, forms=[forms.write(_about(hall))])

    async def _items(self, request: Request) -> Element:
        if request.target.resource:
            raise StanzaError("service-unavailable")
        async with self._halls.inside(request.target.local) as hall:
            self._require_known(hall, request.sender)
            if hall.of(request.sender) is None:
                return disco.items(())
            return disco.items(
                Item(str(hall.place(one.nick)), one.nick) for one in hall.occupants.values()
            )

    def _require_known(self, hall: Hall, sender: Jid) -> None:
        """A hidden room of members is not there for others."""
        config = hall.room.config
        if config.members_only and not config.listed and not hall.is_member(sender):
            raise StanzaError("item-not-found")

    async def _self_ping(self, request: Request) -> Element | None:
        """XEP-0410: whether one is in the room still, asked of oneself there."""
        hall = self._halls.live(request.target.local)
        here = None if hall is None else hall.of(request.sender)
        if here is None:
            raise StanzaError("not-acceptable")
        if request.target.resource not in ("", here.nick):
            raise StanzaError("service-unavailable")
        return None

    # --- archive ------------------------------------------------------------------------

    async def _archive(self, request: Request) -> Element:
        if request.session is None:
            raise StanzaError("feature-not-implemented")
        if not request.is_set:
            return fields()
        session = request.session
        async with self._halls.inside(request.target.local) as hall:
            self._require_reader(hall, request.sender)
        return await send_page(
            request, session, lambda asked: self._chronicle.page(hall, session, asked)
        )

    async def _metadata(self, request: Request) -> Element:
        async with self._halls.inside(request.target.local) as hall:
            self._require_reader(hall, request.sender)
            return metadata_of(await self._chronicle.ends(hall, request.session))

    def _require_reader(self, hall: Hall, sender: Jid) -> None:
        """Nobody reads a room without being in it, or belonging to it."""
        if hall.of(sender) is None and not hall.is_member(sender):
            raise StanzaError("forbidden")

    async def _moderate(self, request: Request) -> Element | None:
        if not request.is_set:
            raise StanzaError("bad-request")
        wanted = moderation.moderated(request.payload)
        hall = self._halls.live(request.target.local)
        here = None if hall is None else hall.of(request.sender)
        if hall is None or here is None:
            raise StanzaError("forbidden")
        await self._talk.moderate(hall, here, request.session, wanted)
        return None

    # --- names that are kept ------------------------------------------------------------

    async def _register(self, request: Request) -> Element | None:
        address = str(request.sender.bare)
        async with self._halls.inside(request.target.local) as hall:
            standing = hall.room.standing(address)
            if standing.affiliation is Affiliation.OUTCAST:
                raise StanzaError("forbidden")
            if hall.room.of_group is not None:
                raise StanzaError("not-allowed")
            if not belongs(standing.affiliation) and hall.room.config.members_only:
                raise StanzaError("registration-required")
            if not request.is_set:
                return _registration(standing)
            nick = _wanted_nick(request.payload)
            if hall.room.holder(nick_key(nick)) not in ("", address):
                raise StanzaError("conflict")
            affiliation = standing.affiliation
            if not belongs(affiliation):
                affiliation = Affiliation.MEMBER
            new = Standing(affiliation, nick)
            await self._halls.rooms.appoint(hall.room, {address: new})
            hall.room = hall.room.with_standing(address, new)
            for occupant in hall.people(address):
                occupant.affiliation = affiliation
            return None


def kinds_of(config: Config) -> list[str]:
    """Return what a room is, as features (XEP-0045, 6.4)."""
    pairs = (
        (config.listed, "muc_public", "muc_hidden"),
        (config.members_only, "muc_membersonly", "muc_open"),
        (config.moderated, "muc_moderated", "muc_unmoderated"),
        (bool(config.password), "muc_passwordprotected", "muc_unsecured"),
        (config.persistent, "muc_persistent", "muc_temporary"),
        (config.anonymous, "muc_semianonymous", "muc_nonanonymous"),
    )
    return [yes if holds else no for holds, yes, no in pairs]


def _about(hall: Hall) -> Form:
    config, subject = hall.room.config, hall.room.subject
    values = (
        ("muc#roominfo_description", config.about),
        ("muc#roominfo_subject", subject.text),
        ("muc#roominfo_lang", config.lang),
        ("muc#roominfo_occupants", str(len(hall.occupants))),
        ("muc#roomconfig_roomname", config.title),
        ("muc#roominfo_changesubject", forms.said(config.all_set_subject)),
    )
    found = [Field(name=name, kind="text-single", values=(value,)) for name, value in values]
    return Form("result", [hidden(form.INFO), *found])


def _registration(standing: Standing) -> Element:
    content = []
    if standing.nick:
        content.append(element(muc.REGISTER, "registered"))
        content.append(element(muc.REGISTER, "username", standing.nick))
    wanted = Field(
        name=_NICK, kind="text-single", label="Nick",
        values=(standing.nick,) if standing.nick else (),
    )  # fmt: skip
    content.append(forms.write(Form("form", [hidden(_REGISTER_FORM), wanted])))
    return element(muc.REGISTER, "query", *content)


def _wanted_nick(payload: Element) -> str:
    written = payload.child(forms.NAME)
    if written is None:
        raise StanzaError("bad-request")
    found = forms.read(written)
    nick = found.values().get(_NICK, ("",))[0]
    if found.form_type != _REGISTER_FORM or not nick:
        raise StanzaError("bad-request")
    try:
        nick_key(nick)
    except ValueError as problem:
        raise StanzaError("not-acceptable") from problem
    return nick


def _require_no_node(request: Request) -> None:
    if request.payload.get("node"):
        raise StanzaError("item-not-found")
