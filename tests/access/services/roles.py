"""Who asks a method of a service, and what each of them gets."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from allmende.core.accounts import Caller
from allmende.core.errors import (
    AllmendeError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProofNeeded,
)
from tests.access.services.house import House

GUESTS: Final = ("listen", "speak", "facilitate")
OUTSIDERS: Final = ("foreign", "moderator", "operator", "bare", "machine")
INSIDE: Final = ("member", "program", "leads", "admin", "stale")
ROLES: Final = ("stranger", *GUESTS, *OUTSIDERS, *INSIDE)
"""``listen``, ``speak``, ``facilitate`` are guests by link in the room of group one and were let
in. ``foreign`` administers group two, ``moderator`` and ``operator`` look after the server and
have proved more than a password, ``bare`` is an operator with a password alone, ``machine`` a
program of the operator. In group one are ``member``, ``program`` (with an app password of the
member, for chat and pads), ``leads`` (facilitates), ``admin``, and ``stale``: the admin in
another browser, an hour after proving who they are."""

Answer: TypeAlias = type[AllmendeError] | None
MAY: Final[Answer] = None
SIGN_IN: Final[Mapping[str, Answer]] = dict.fromkeys(("stranger", *GUESTS), NotSignedIn)
"""Where an account is asked for before anything else."""
Ask = Callable[[House, Caller], Awaitable[object]]


async def nothing(_: House, __: Caller) -> None:
    """Nothing has to be there first."""


@dataclass(frozen=True)
class Row:
    """How a method is asked, and the answer to each role.

    ``ready`` is done before, by those who may; what it gives is the ``scene`` of the house.
    """

    ask: Ask
    answers: Mapping[str, Answer]
    ready: Ask = nothing


def everybody(ask: Ask, answer: Answer = MAY, **but: Answer) -> Row:
    return _row(ask, _all(answer), but)


def accounts(ask: Ask, having: Answer = MAY, **but: Answer) -> Row:
    """Who has an account, and then about nobody else; guests and strangers have to sign in."""
    return _row(ask, {**_all(having), **SIGN_IN}, but)


def people(ask: Ask, having: Answer = MAY, **but: Answer) -> Row:
    """The same, but no program: what an account is stays in the hands of a person."""
    return accounts(ask, having, **{"program": NotAllowed, "machine": NotAllowed, **but})


def proved(ask: Ask, having: Answer = MAY, **but: Answer) -> Row:
    """The same, and only right after proving who they are."""
    return people(ask, having, **{"stale": ProofNeeded, **but})


def owned(ask: Ask, **but: Answer) -> Row:
    """What belongs to the member: for all others it is not there."""
    return people(ask, NotFound, **{"member": MAY, **but})


def group(ask: Ask, member: Answer, leads: Answer, admin: Answer, **but: Answer) -> Row:
    """What is in group one; whoever is not does not learn that it is there."""
    return _row(ask, {**_all(NotFound), **_inside(member, leads, admin)}, but)


def room(
    ask: Ask,
    guests: tuple[Answer, Answer, Answer],
    member: Answer,
    leads: Answer,
    admin: Answer,
    **but: Answer,
) -> Row:
    """What is in the room of group one, for guests in the order of their rights too."""
    by_link = dict(zip(GUESTS, guests, strict=True))
    return _row(ask, {**_all(NotFound), **_inside(member, leads, admin), **by_link}, but)


def server(ask: Ask, moderator: Answer, operator: Answer, **but: Answer) -> Row:
    """What concerns the whole server."""
    known = {"moderator": moderator, "operator": operator, "bare": ProofNeeded}
    return _row(ask, {**_all(NotAllowed), **SIGN_IN, **known}, but)


def _all(answer: Answer) -> Mapping[str, Answer]:
    return dict.fromkeys(ROLES, answer)


def _inside(member: Answer, leads: Answer, admin: Answer) -> Mapping[str, Answer]:
    return {"member": member, "program": member, "leads": leads, "admin": admin, "stale": admin}


def _row(ask: Ask, answers: Mapping[str, Answer], but: Mapping[str, Answer]) -> Row:
    unknown = set(but) - set(ROLES)
    if unknown:
        raise ValueError(f"no such roles: {unknown}")
    return Row(ask, {**answers, **but})
