"""What a service does without being told who asks, and why that is right."""

from collections.abc import Mapping
from typing import Final

from allmende.identity.service import IdentityService
from allmende.identity.service.credentials import Credentials
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.service.items import ItemService
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.service.uploads import UploadService
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.service.archives import Archives
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.service.operating import OperatingService
from allmende.systems.meet.service import MeetService
from allmende.systems.meet.service.port import CallPort
from allmende.systems.pads.service.port import PadPort
from allmende.systems.plenum.service import PlenumService
from allmende.systems.voice.service.lightpages import LightPages
from allmende.systems.voice.service.settings import Settings

COMMAND: Final = "for the command line: whoever has the data folder may"
JOB: Final = "done by a job, or because of a fact: nobody asks"
PROOF: Final = "the code, token or secret that it takes is the proof"
ANYBODY: Final = "tells nothing of anybody, or begins something of one's own"
ASKED: Final = "for code that has asked for the right already"

WITHOUT: Final[Mapping[type, Mapping[str, str]]] = {
    IdentityService: {
        **dict.fromkeys(
            (
                "account_names",
                "add_account",
                "appoint_admin",
                "group_counts",
                "hand_out_account",
                "hand_out_group",
                "hand_out_pad",
                "make_operator_invite",
                "make_server_invite",
                "remove_account",
                "requests_waiting",
                "reset",
                "revoke_all",
            ),
            COMMAND,
        ),
        **dict.fromkeys(
            (
                "close_unattended",
                "end_leaving",
                "end_requests",
                "end_temporary_room",
                "end_what_is_over",
                "first_start",
                "forget_pairing",
                "forget_proofs",
                "forget_recovery",
                "forget_session",
                "let_unused_leave",
                "temporary_rooms",
            ),
            JOB,
        ),
        **dict.fromkeys(
            (
                "accept_invite",
                "begin_recovery",
                "caller",
                "certificate_of",
                "checked_passkey",
                "finish_recovery",
                "guest_by_token",
                "invite",
                "invite_words",
                "leaving",
                "pair_certificate",
                "recovery_of",
                "request",
                "reset_of",
                "second_step",
                "sign_in",
                "sign_in_by_passkey",
                "stay",
                "use_reset",
                "withdraw",
            ),
            PROOF,
        ),
        **dict.fromkeys(
            (
                "ask_for_account",
                "asked_passkey",
                "open_room",
                "passkey_options",
                "proposed_password",
                "registration",
                "renewed_until",
                "require_mode",
                "sign_up",
            ),
            ANYBODY,
        ),
        **dict.fromkeys(
            ("is_main_room", "name_of", "room_named", "rules_of", "watched_recovery"), ASKED
        ),
    },
    Credentials: {"check": PROOF, "proved": PROOF, "scram_keys": PROOF, "forget": JOB},
    ChatService: dict.fromkeys(
        (
            "account_gone",
            "announce",
            "forget_eyes",
            "forget_line",
            "forget_lines",
            "group_changed",
            "room_gone",
        ),
        JOB,
    ),
    ItemService: {
        **dict.fromkeys(("items", "last_items", "nodes"), ASKED),
        "account_gone": JOB,
    },
    PaperService: {"vcard": ANYBODY, "account_gone": JOB},
    # Whoever has the ticket puts the file, whoever has the link gets it.
    UploadService: {
        **dict.fromkeys(("admit", "take", "file"), PROOF),
        **dict.fromkeys(("content", "take_back"), ASKED),
        **dict.fromkeys(("account_gone", "end_over"), JOB),
    },
    PersonalHistory: {},
    DeskService: {
        "chat_hours": ASKED,
        "label": ASKED,
        "require_open_rooms": ANYBODY,
        "start": ANYBODY,
        "started": PROOF,
        "text": ANYBODY,
    },
    NoticeService: dict.fromkeys(("due", "failed", "taken", "tell", "unknown_there"), JOB),
    Archives: {},
    OperatingService: {},
    PadPort: {
        "delete_pad": COMMAND,
        **dict.fromkeys(
            (
                "account_gone",
                "end_links",
                "end_of_rooms",
                "end_over",
                "group_gone",
                "room_gone",
            ),
            JOB,
        ),
        # Plenum writes minutes when somebody who may has done something.
        **dict.fromkeys(("append_blocks", "freeze", "freeze_pad", "pad_markdown", "shown"), ASKED),
        "made": PROOF,
    },
    PlenumService: {
        "forget": JOB,
        "pad_gone": JOB,
        "room_gone": JOB,
        "tick": JOB,
        "room_named": ASKED,
    },
    MeetService: {
        "at_door": ASKED,
        "echo": ANYBODY,
        "echo_by_sound": ANYBODY,
        "end_as_operator": COMMAND,
        "room_gone": JOB,
        "snapshot_of": ASKED,
    },
    # Voice speaks for those it brought in, and shows a call to those inside.
    CallPort: {**dict.fromkeys(("changes", "leave", "shown"), ASKED), "echo": ANYBODY},
    Settings: {},
    LightPages: {
        "echo": ANYBODY,
        **dict.fromkeys(("act", "deafen", "disconnect", "mute", "say"), ASKED),
        **dict.fromkeys(("heard", "heard_of", "run", "sent", "show", "tick"), JOB),
    },
}

PARTS: Final[Mapping[str, str]] = {
    # Exporters are asked by Archives, and by the command line for any account.
    **dict.fromkeys(
        (
            "IdentityExports",
            "ChatExports",
            "ItemExports",
            "PersonalExports",
            "RoomExports",
            "DeskExports",
            "MeetExports",
            "PadExports",
            "PlenumExports",
            "VoiceExports",
        ),
        "Archives",
    ),
    **dict.fromkeys(
        (
            "Inviting",
            "Joining",
            "Permitting",
            "RunningCall",
            "Showing",
        ),
        "MeetService",
    ),
    **dict.fromkeys(("Seeing", "Entering"), "PlenumService"),
    "GroupRooms": "ChatService",
}
"""Pieces of a service in files of their own, which nobody but that service asks."""
