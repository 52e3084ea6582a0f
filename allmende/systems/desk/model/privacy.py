"""What the page on privacy says: made of the promises of the stores and of the configuration.

Each kind of data has a name, and by it four texts: what it is, what for, how long, who sees it.
A test holds that every table belongs to exactly one kind.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Sentence = tuple[str, Mapping[str, object]]
"""A message id with its values."""

_H_PER_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Promise:
    """How long a table is kept. Both None: until somebody deletes it."""

    table: str
    days: float | None
    at_most: float | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data. ``system``: it is there only while that is switched on."""

    name: str
    tables: tuple[str, ...]
    system: str = ""


@dataclass(frozen=True, slots=True)
class KindShown:
    """A kind of data on the page, with the sentence about its time."""

    name: str
    period: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What of the configuration changes what people have to know."""

    systems: Collection[str]
    chat_days: int
    chat_most_days: int
    sealed: bool
    postgres: bool
    backups: bool


@dataclass(frozen=True, slots=True)
class Privacy:
    """The page: kinds of data, and how they lie on the disk."""

    kinds: Sequence[KindShown]
    disk: Sequence[Sentence]


KINDS: Final = (
    Kind("account", ("identity_account", "identity_mark", "identity_leaving")),
    Kind("devices", ("identity_session",)),
    Kind(
        "proofs",
        ("identity_passkey", "identity_totp", "identity_backup_code", "identity_recovery"),
    ),
    Kind("app-passwords", ("identity_app_password",)),
    Kind("certificates", ("identity_certificate",), "voice"),
    Kind("recovery", ("identity_recovery_run", "identity_sign_in_link")),
    Kind("requests", ("identity_request", "identity_vouch")),
    Kind("invites", ("identity_invite", "identity_invite_budget", "identity_origin")),
    Kind(
        "groups",
        ("identity_group", "identity_membership", "identity_room", "identity_room_link"),
    ),
    Kind("changes", ("identity_announcement", "identity_offer", "identity_approval")),
    Kind("handouts", ("identity_handout", "identity_handout_consent")),
    Kind("removals", ("identity_ban",)),
    Kind("calls", ("meet_room", "meet_call", "voice_channel", "voice_count", "voice_room"), "meet"),
    Kind("messages", ("chat_message",), "chat"),
    Kind("contacts", ("chat_contact", "chat_block"), "chat"),
    Kind("personal", ("chat_personal", "chat_offline", "chat_archive_choice"), "chat"),
    Kind("app-rooms", ("chat_room", "chat_affiliation", "chat_room_line"), "chat"),
    Kind("uploads", ("chat_upload",), "chat"),
    Kind("app-data", ("chat_node", "chat_item", "chat_private", "chat_vcard"), "chat"),
    Kind(
        "pads",
        (
            "pads_pad", "pads_update", "pads_state", "pads_keyframe", "pads_client",
            "pads_author", "pads_link", "pads_tombstone",
        ),
        "pads",
    ),
    Kind("assemblies", ("plenum_assembly", "plenum_item", "plenum_entry"), "plenum"),
    Kind("notices", ("desk_notice", "desk_push_job")),
    Kind("pushes", ("desk_push", "desk_notice_rule", "desk_quiet_hours")),
    Kind("log", ("event_log", "event_parked")),
    Kind("deletions", ("deletion",)),
    Kind(
        "house",
        (
            "house_secret", "schema_migration", "blob", "event_cursor", "identity_setting",
        ),
    ),
)  # fmt: skip


def privacy_of(promises: Sequence[Promise], setting: Setting) -> Privacy:
    """Return what the page says for this configuration."""
    shown = [
        KindShown(kind.name, _period(kind, promises, setting))
        for kind in KINDS
        if not kind.system or kind.system in setting.systems
    ]
    return Privacy(shown, _disk(setting))


def _period(kind: Kind, promises: Sequence[Promise], setting: Setting) -> Sentence:
    if kind.name == "messages":
        values = {"n": setting.chat_days, "most": setting.chat_most_days}
        return "desk.kept-messages", values
    own = [promise for promise in promises if promise.table in kind.tables]
    ends = [promise.at_most if promise.at_most is not None else promise.days for promise in own]
    known = [end for end in ends if end]
    if kind.name in _BY_HAND or not known or len(known) < len(own):
        return f"desk.kept-{kind.name}", {}
    return "desk.kept-days", {"n": round(max(known))}


_BY_HAND: Final = frozenset({"app-passwords", "devices", "recovery"})
"""Their sentence says more than a number of days."""


def _disk(setting: Setting) -> Sequence[Sentence]:
    if setting.postgres:
        lies = "desk.disk-postgres"
    else:
        lies = "desk.disk-sealed" if setting.sealed else "desk.disk-key-file"
    backups = "desk.disk-backups" if setting.backups else "desk.disk-no-backups"
    return ((lies, {}), (backups, {}))
