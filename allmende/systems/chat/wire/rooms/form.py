"""How a room is, as a form. XEP-0045, 10.2 (muc#roomconfig)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forms import Field, Form, boolean, hidden, said
from allmende.systems.chat.model.rooms import (
    MAX_ABOUT_CHARS,
    MAX_OCCUPANTS,
    MAX_PASSWORD_CHARS,
    MAX_TITLE_CHARS,
    Config,
    Role,
)

CONFIG: Final = "http://jabber.org/protocol/muc#roomconfig"
INFO: Final = "http://jabber.org/protocol/muc#roominfo"
_P: Final = "muc#roomconfig_"
_LANG_CHARS: Final = 35
_MAX_SLOW_S: Final = 86_400
_MAX_DIGITS: Final = 9
_MESSAGES: Final = {
    "anyone": Role.VISITOR,
    "participants": Role.PARTICIPANT,
    "moderators": Role.MODERATOR,
    "none": Role.NONE,
}
_MESSAGE_NAMES: Final = {role: name for name, role in _MESSAGES.items()}
_SWITCHES: Final = (
    ("publicroom", "listed", "Can be found by everybody"),
    ("persistentroom", "persistent", "Stays when the last one leaves"),
    ("membersonly", "members_only", "Members only"),
    ("moderatedroom", "moderated", "Newcomers only listen"),
    ("allowinvites", "members_invite", "Everybody may invite"),
    ("changesubject", "all_set_subject", "Everybody may change the subject"),
)
_ROLES: Final = {role.value: role for role in (Role.MODERATOR, Role.PARTICIPANT, Role.VISITOR)}


def written(config: Config) -> Form:
    """Return the form that an owner fills in."""
    fields = [
        hidden(CONFIG),
        _text("roomname", "Name", config.title),
        _text("roomdesc", "Description", config.about),
        _text("lang", "Language", config.lang),
    ]
    fields += [
        Field(name=_P + name, kind="boolean", label=label,
              values=(said(getattr(config, attribute)),))
        for name, attribute, label in _SWITCHES
    ]  # fmt: skip
    fields += [
        Field(name=_P + "passwordprotectedroom", kind="boolean", label="Needs a password",
              values=(said(bool(config.password)),)),
        Field(name=_P + "roomsecret", kind="text-private", label="Password",
              values=(config.password,)),
        _choice("whois", "Who sees addresses", "moderators" if config.anonymous else "anyone",
                ("moderators", "anyone")),
        _choice("allowpm", "Who may write to one person",
                _MESSAGE_NAMES[config.private_messages], tuple(_MESSAGES)),
        _text("maxusers", "People at most", str(config.most)),
        _roles("presencebroadcast", "Whose coming is told", config.shown),
        _roles("getmemberlist", "Who sees the list of members", config.members_list),
        Field(name=_P + "enablelogging", kind="fixed", label="Kept for 28 days", values=("1",)),
        _text("slow_mode_duration", "Seconds between two messages", str(config.slow_s)),
    ]  # fmt: skip
    return Form("form", fields, title="Room")


def filled_in(config: Config, form: Form) -> Config:
    """Return how the room is to be; what is not answered stays. Raises StanzaError."""
    if form.form_type not in ("", CONFIG):
        raise StanzaError("bad-request")
    values = {
        field.name.removeprefix(_P): field.values
        for field in form.fields
        if field.name.startswith(_P)
    }
    one = {name: some[0] if some else "" for name, some in values.items()}
    changed: dict[str, Any] = {}
    for name, attribute, _ in _SWITCHES:
        if name in one:
            changed[attribute] = boolean(one[name])
    for name, (attribute, read) in _READERS.items():
        if name in one:
            changed[attribute] = read(one[name])
    for name, attribute in (("presencebroadcast", "shown"), ("getmemberlist", "members_list")):
        if name in values:
            changed[attribute] = _read_roles(values[name])
    changed |= _password(config, one)
    return msgspec.structs.replace(config, **changed)


def _password(config: Config, one: Mapping[str, str]) -> dict[str, str]:
    secret = one.get("roomsecret", config.password)
    wanted = boolean(one["passwordprotectedroom"]) if "passwordprotectedroom" in one else None
    if wanted is None:
        wanted = bool(secret)
    if wanted and not secret:
        raise StanzaError("not-acceptable")
    return {"password": _bounded(secret, MAX_PASSWORD_CHARS) if wanted else ""}


def _bounded(text: str, most: int) -> str:
    clean = "".join(char for char in text if char.isprintable() or char == "\n").strip()
    if len(clean) > most:
        raise StanzaError("not-acceptable")
    return clean


def _number(text: str, most: int) -> int:
    if not text or text == "none":
        return most
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise StanzaError("bad-request")
    return min(int(text), most)


def _chosen(text: str, known: Mapping[str, Any]) -> Any:
    if text not in known:
        raise StanzaError("bad-request")
    return known[text]


def _read_roles(values: tuple[str, ...]) -> frozenset[Role]:
    return frozenset(_chosen(value, _ROLES) for value in values if value)


_READERS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "roomname": ("title", lambda text: _bounded(text, MAX_TITLE_CHARS)),
    "roomdesc": ("about", lambda text: _bounded(text, MAX_ABOUT_CHARS)),
    "lang": ("lang", lambda text: _bounded(text, _LANG_CHARS)),
    "whois": ("anonymous", lambda text: _chosen(text, {"moderators": True, "anyone": False})),
    "allowpm": ("private_messages", lambda text: _chosen(text, _MESSAGES)),
    "maxusers": ("most", lambda text: max(1, _number(text, MAX_OCCUPANTS))),
    "slow_mode_duration": ("slow_s", lambda text: _number(text or "0", _MAX_SLOW_S)),
}


def _text(name: str, label: str, value: str) -> Field:
    return Field(name=_P + name, kind="text-single", label=label, values=(value,))


def _choice(name: str, label: str, value: str, options: tuple[str, ...]) -> Field:
    pairs = tuple((each, each) for each in options)
    return Field(name=_P + name, kind="list-single", label=label, values=(value,), options=pairs)


def _roles(name: str, label: str, roles: frozenset[Role]) -> Field:
    options = tuple((each, each) for each in _ROLES)
    values = tuple(sorted(role.value for role in roles))
    return Field(name=_P + name, kind="list-multi", label=label, values=values, options=options)
