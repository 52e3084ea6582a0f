"""Every command. Who may run it is whoever may read the data folder; what it does is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ONE, FILE, BUNDLE, BACKUP = "{one}", "{file}", "{bundle}", "{backup}"
"""Places in what is typed: group one, a new file, an archive of group one, a backup."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a command is run beside the database of the services, and what is true of it.

    ``names``: it is about accounts, so that it may say what they are called. ``json``: it has
    ``--json``. ``told``: it changes memberships, and the groups are told. ``typed`` None: it is
    not run here, and ``why``.
    """

    typed: str | None = ""
    code: int = 0
    names: bool = False
    json: bool = False
    told: bool = False
    why: str = ""


def elsewhere(why: str, *, json: bool = True) -> Row:
    return Row(typed=None, why=why, json=json)


NEEDS_SERVER: Final = "asks a running server: tests/cli/test_keys.py"
ABOUT_ACCOUNT: Final = Row(typed="sam", names=True, json=True)

ROWS: Final[Mapping[str, Row]] = {
    # The server itself
    "serve": elsewhere("runs until it is ended: tests/cli/test_serving.py", json=False),
    "demo": elsewhere("keeps nothing and opens no folder: tests/cli/demo", json=False),
    "quickstart": elsewhere("writes a configuration, opens nothing: tests/cli/test_quickstart.py"),
    "check": Row(typed="privacy", json=True),
    "service": Row(json=True),
    "config example": Row(),
    "unlock": elsewhere(NEEDS_SERVER),
    "lock": elsewhere(NEEDS_SERVER),
    "key state": Row(json=True),
    "key seal": elsewhere("asks for a passphrase: tests/cli/test_keys.py"),
    "key open": elsewhere("asks for a passphrase: tests/cli/test_keys.py"),
    # Everything at once
    "backup make": Row(typed=FILE, json=True),
    "backup key": Row(typed="--another", json=True),
    "backup list": Row(json=True),
    "restore": elsewhere(
        "needs an empty folder: tests/cli/test_saving.py, told: tests/identity/test_announced.py"
    ),
    "upgrade": Row(json=True),
    "rollback": Row(typed="--yes", code=1, json=True),
    # There are two operators, who have to agree: tests/cli/test_exporting.py
    "export account": Row(typed=f"mel {FILE}", code=1, names=True, json=True),
    "export group": Row(typed=f"{ONE} {FILE}", code=1, json=True),
    "import": Row(typed=f"{BUNDLE} --admin zoe", names=True, told=True, json=True),
    # Accounts
    "invite": Row(json=True),
    "registration": Row(typed="open", json=True),
    "account list": Row(names=True, json=True),
    "account add": Row(typed="nora", names=True, json=True),
    "account freeze": ABOUT_ACCOUNT,
    "account release": Row(typed="eve", names=True, json=True),
    "account revoke": ABOUT_ACCOUNT,
    "account recover": ABOUT_ACCOUNT,
    "account role": Row(typed="sam moderator", names=True, json=True),
    "account mark": Row(typed="sam suspicious", names=True, json=True),
    "account remove": Row(typed="sam --yes", names=True, json=True, told=True),
    "request list": Row(names=True, json=True),
    "request grant": Row(typed="1", names=True, json=True),
    "request decline": Row(typed="1", names=True, json=True),
    # Groups and what is in them
    "group list": Row(json=True),
    "group admin": Row(typed=f"{ONE} sam", names=True, told=True, json=True),
    "meet who": Row(json=True),
    "meet end": Row(typed="{room}", json=True),
    "voice who": Row(json=True),
    "voice check": Row(json=True),
    "pads list": Row(json=True),
    "pads show": Row(typed="1", json=True),
    "pads lock": Row(typed="1", json=True),
    "pads delete": Row(typed="1 --yes", json=True),
    "pads export": Row(typed=f"1 --to {FILE}", code=1, json=True),
    "pads compact": Row(json=True),
    "pads check": Row(json=True),
}
