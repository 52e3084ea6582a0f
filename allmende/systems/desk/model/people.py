"""The words of roles, states and decisions about accounts."""

from typing import Final

from allmende.core.accounts import ServerRole
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import Mode, Why

SERVER_ROLE_TEXTS: Final = {
    ServerRole.NONE: "desk.server-role-none",
    ServerRole.INVITER: "desk.server-role-inviter",
    ServerRole.MODERATOR: "desk.server-role-moderator",
    ServerRole.OPERATOR: "desk.server-role-operator",
}
STATE_TEXTS: Final = {
    AccountState.NEW: "desk.state-new",
    AccountState.ACTIVE: "desk.state-active",
    AccountState.FROZEN: "desk.state-frozen",
    AccountState.LEAVING: "desk.state-leaving",
    AccountState.GONE: "desk.state-gone",
}
MODE_TEXTS: Final = {
    Mode.INVITE: ("desk.mode-invite", "desk.mode-invite-text"),
    Mode.REQUEST: ("desk.mode-request", "desk.mode-request-text"),
    Mode.OPEN: ("desk.mode-open", "desk.mode-open-text"),
}
"""The name of a mode, and what it means."""

WHY_TEXTS: Final = {
    Why.DEFAULT: "desk.why-default",
    Why.CHOSEN: "desk.why-chosen",
    Why.WAVE: "desk.why-wave",
    Why.UNATTENDED: "desk.why-unattended",
}
DONE_TEXTS: Final = {
    "grant": "desk.done-grant",
    "decline": "desk.done-decline",
    "freeze": "desk.done-freeze",
    "release": "desk.done-release",
    "suspect": "desk.done-mark",
    "trust": "desk.done-mark",
    "keep": "desk.done-mark",
    "let-go": "desk.done-mark",
}
"""What the queue says after a decision."""
