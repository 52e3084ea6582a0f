"""Contacts: whom an account knows, and which of the two is shown when the other is here.

An address is text: the prepared bare address of somebody, here or on another server.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId

MAX_CONTACTS: Final = 2000
MAX_BLOCKED: Final = 2000
MAX_NAME_CHARS: Final = 256
MAX_LABELS: Final = 20
MAX_LABEL_CHARS: Final = 128
MAX_REQUEST_BYTES: Final = 4096
MAX_STRANGER_CHARS: Final = 500
"""Of the first message to somebody who does not know the sender."""

MAX_STRANGERS: Final = 500
"""Whose question or first message waits with one account; more are turned away."""

MAX_FELLOWS: Final = 150
"""Members of the largest group that shows its members to each other as contacts: each of them is
told of each coming and going, so this is the side of a square.
"""


class Act(StrEnum):
    """What one side tells the other. RFC 6121, 3, has the words of the protocol for it."""

    ASK = "ask"
    """May I see when you are here?"""
    STOP = "stop"
    """I do not want to see you any more."""
    ALLOW = "allow"
    """You may see when I am here."""
    REFUSE = "refuse"
    """You may not, or not any more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How two stand to each other, from one side.

    ``sees``: this side is shown when the other is here; ``seen``: the other way round. ``asks``:
    this side asked to see and was not answered; ``asked``: the other did. ``approved``: the next
    question of the other is answered yes.
    """

    sees: bool = False
    seen: bool = False
    asks: bool = False
    asked: bool = False
    approved: bool = False


NOTHING: Final = Standing()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What becomes of an act of this side: the new standing, and whether the other hears of it."""

    standing: Standing
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """What becomes of an act of the other side.

    ``shown``: this side is told; ``answer``: what is said for it at once.
    """

    standing: Standing
    shown: bool
    answer: Act | None = None


def outgoing(standing: Standing, act: Act) -> Outgoing:
    """Return what this side's ``act`` changes. RFC 6121, A.2 and 3.4.2."""
    match act:
        case Act.ASK:
            return Outgoing(replace(standing, asks=not standing.sees), True)
        case Act.STOP:
            return Outgoing(replace(standing, sees=False, asks=False), True)
        case Act.ALLOW if standing.asked:
            return Outgoing(replace(standing, seen=True, asked=False, approved=False), True)
        case Act.ALLOW:
            return Outgoing(replace(standing, approved=not standing.seen), False)
        case Act.REFUSE:
            after = replace(standing, seen=False, asked=False, approved=False)
            return Outgoing(after, standing.seen or standing.asked)


def incoming(standing: Standing, act: Act) -> Incoming:
    """Return what the other side's ``act`` changes. RFC 6121, A.3 and 3.4.2."""
    match act:
        case Act.ASK if standing.seen:
            return Incoming(standing, False, Act.ALLOW)
        case Act.ASK if standing.approved:
            return Incoming(replace(standing, seen=True, approved=False), False, Act.ALLOW)
        case Act.ASK:
            return Incoming(replace(standing, asked=True), not standing.asked)
        case Act.STOP:
            after = replace(standing, seen=False, asked=False)
            return Incoming(after, standing.seen or standing.asked)
        case Act.ALLOW:
            after = replace(standing, sees=standing.sees or standing.asks, asks=False)
            return Incoming(after, standing.asks)
        case Act.REFUSE:
            after = replace(standing, sees=False, asks=False)
            return Incoming(after, standing.sees or standing.asks)


def farewell(standing: Standing) -> Sequence[Act]:
    """Return what the other side is told when this one forgets it. RFC 6121, 2.5.2."""
    acts = []
    if standing.sees or standing.asks:
        acts.append(Act.STOP)
    if standing.seen or standing.asked:
        acts.append(Act.REFUSE)
    return acts


@dataclass(frozen=True, slots=True)
class Contact:
    """What an account keeps of somebody.

    ``listed``: on the list; else it is there for a question, or for what a stranger wrote.
    ``peer``: the account it is, if it is one of this server. ``labels``: what it is sorted under.
    ``request``: what the other wrote when asking. ``heard``: the one message of a stranger came.
    ``accepted``: the account wrote to them. ``fellow``: both are in a closed group, which is not
    kept here; then they see each other.
    """

    address: str
    peer: AccountId | None = None
    name: str = ""
    labels: tuple[str, ...] = ()
    standing: Standing = NOTHING
    listed: bool = False
    request: bytes = b""
    heard: bool = False
    accepted: bool = False
    fellow: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether it is on the list: kept there, or asked or known in some way."""
        stands = self.standing
        is_tied = stands.sees or stands.seen or stands.asks or stands.approved
        return self.listed or self.fellow or is_tied

    @property
    def is_known(self) -> bool:
        """Whether they are no stranger: an answer counts, a mere question does not."""
        return self.is_shown or self.accepted

    @property
    def is_empty(self) -> bool:
        """Whether nothing is worth keeping."""
        kept = self.listed or self.heard or self.accepted
        return not kept and self.standing == NOTHING


def as_fellow(kept: Contact, name: str, labels: Iterable[str]) -> Contact:
    """Return a contact who is also a fellow member of closed groups, called ``labels``."""
    sorted_under = dict.fromkeys((*kept.labels, *labels))
    standing = Standing(sees=True, seen=True)
    return replace(
        kept,
        name=kept.name or name,
        labels=tuple(sorted_under),
        standing=standing,
        fellow=True,
    )


@dataclass(frozen=True, slots=True)
class Circle:
    """Whom an account knows and whom it wants nothing of, at one moment.

    ``contacts``: by address, also those that are not shown. ``version``: another one, another list.
    """

    contacts: Mapping[str, Contact]
    blocked: frozenset[str]
    version: str

    def contact(self, address: str) -> Contact:
        """Return what is known of an address."""
        return self.contacts.get(address) or Contact(address)

    def shown(self) -> Sequence[Contact]:
        """Return the list, by address."""
        return [one for one in self.contacts.values() if one.is_shown]

    def waiting(self) -> Sequence[Contact]:
        """Return whose questions wait for an answer, by address."""
        return [one for one in self.contacts.values() if one.standing.asked]

    def blocks(self, forms: Iterable[str]) -> bool:
        """Return whether any of the forms of an address is blocked, its domain included."""
        return bool(self.blocked) and not self.blocked.isdisjoint(forms)


@dataclass(frozen=True, slots=True)
class Said:
    """What became of an act of an account.

    ``goes_on``: the other side has to hear of it: from us, if it is ``peer``, an account of this
    server, and ``shown``; else its own server tells. ``answer``: what was said for it at once.
    """

    act: Act
    goes_on: bool
    peer: AccountId | None = None
    shown: bool = False
    answer: Act | None = None


def clean_name(name: str) -> str:
    """Return what somebody calls a contact. Raises InvalidInput ``chat.contact-name``."""
    clean = " ".join(name.split())
    if len(clean) > MAX_NAME_CHARS:
        raise InvalidInput("chat.contact-name", field="name", limit=MAX_NAME_CHARS)
    return clean


def clean_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Return labels, each once, sorted. Raises InvalidInput ``chat.contact-labels``."""
    clean = tuple(sorted({" ".join(label.split()) for label in labels} - {""}))
    if len(clean) > MAX_LABELS or any(len(label) > MAX_LABEL_CHARS for label in clean):
        raise InvalidInput("chat.contact-labels", field="labels", limit=MAX_LABELS)
    return clean
