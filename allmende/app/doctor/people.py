"""People: enough of them look after the server and its groups. Counts only, never who."""

from typing import Final

from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding, good, warning

_ENOUGH_OPERATORS: Final = 2
_OPEN: Final = "open"


def operators(here: Situation) -> Finding:
    """Nobody is the only one who knows."""
    if here.people is None:
        return _unknown("people.operators")
    n = here.people.operators
    if n < _ENOUGH_OPERATORS:
        return warning("people.operators", "check.operators-few", "check.operators-remedy", n=n)
    return good("people.operators", "check.operators-good", n=n)


def moderators(here: Situation) -> Finding:
    """Somebody was here within a week to look after reports and sign-ups."""
    if here.people is None:
        return _unknown("people.moderators")
    n = here.people.moderators_seen
    if n == 0:
        return warning("people.moderators", "check.moderators-away", "check.moderators-remedy")
    return good("people.moderators", "check.moderators-good", n=n)


def requests(here: Situation) -> Finding:
    """Nobody waits for an answer for more than three days."""
    if here.people is None:
        return _unknown("people.requests")
    n = here.people.requests_waiting
    if n:
        return warning("people.requests", "check.requests-wait", "check.requests-remedy", n=n)
    return good("people.requests", "check.requests-good")


def groups(here: Situation) -> Finding:
    """A group whose only admin loses the phone is stuck."""
    if here.people is None:
        return _unknown("people.groups")
    n = here.people.groups_with_one_admin
    if n:
        return warning("people.groups", "check.groups-one-admin", "check.groups-remedy", n=n)
    return good("people.groups", "check.groups-good")


def recoveries(here: Situation) -> Finding:
    """Somebody tries to get back in: the person should know of it."""
    if here.people is None:
        return _unknown("people.recoveries")
    n = here.people.recoveries_waiting
    if n:
        return warning("people.recoveries", "check.recoveries-wait", "check.recoveries-remedy", n=n)
    return good("people.recoveries", "check.recoveries-good")


def registration(here: Situation) -> Finding:
    """Where everybody may sign up, somebody looks after it."""
    if here.people is None:
        return _unknown("people.registration")
    if here.people.registration == _OPEN and not here.people.moderators_seen:
        return warning(
            "people.registration", "check.registration-alone", "check.registration-remedy"
        )
    return good("people.registration", "check.registration-good")


def _unknown(name: str) -> Finding:
    return good(name, "check.people-unknown")
