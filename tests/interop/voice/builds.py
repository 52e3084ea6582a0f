"""The two builds of Mumble's desktop client: 1.3 of this Debian, 1.5 of Debian 13 by chroot."""

import hashlib
import json
import os
import shutil
import sqlite3
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers import HOUSE

TRIXIE: Final = HOUSE / "build/trixie"
_INI: Final = """\
[General]
lastupdate=2

[audio]
input=PulseAudio
output=PulseAudio
transmit=0
echo=false
headphone=true
quality=40000

[pulseaudio]
input=mymic
output=spk

[net]
autoreconnect=true

[ui]
updatecheck=false
pluginoverlaycheck=false
usage=false
disablepubliclist=true
askonquit=false

[privacy]
hideos=true

[tts]
enable=false
"""
_JSON: Final = json.dumps(
    {
        "settings_version": 1,
        "mumble_has_quit_normally": True,
        "audio": {
            "transmit_mode": "Continuous",
            "input_system": "PulseAudio",
            "output_system": "PulseAudio",
            "audio_quality": 40000,
            "echo_cancel_mode": "Disabled",
            "noise_cancel_mode": "Off",
            "mute_cue_popup_shown": True,
        },
        "audio_backend": {"pulseaudio_input": "mymic", "pulseaudio_output": "spk"},
        "network": {"reconnect_automatically": True},
        "misc": {"audio_wizard_has_been_shown": True, "viewed_server_ping_consent_message": True},
        "privacy": {"hide_os_from_server": True},
        "tts": {"enable_tts": False},
        "ui": {
            "disable_public_server_list": True,
            "quit_behavior": "AlwaysQuit",
            "send_usage_statistics": False,
        },
        "update": {
            "check_for_updates": False,
            "check_for_plugin_updates": False,
            "auto_update_plugins": False,
        },
    }
)


@dataclass(frozen=True)
class Build:
    """A build. ``root``: the folder that is / for it; ``settings``: their file and text.

    ``raise_hand``: the first item below the client's own in its menu of the server.
    """

    version: str
    root: Path
    settings: tuple[str, str]
    raise_hand: tuple[str, str]

    def command(self, *words: str) -> list[str]:
        """Return how a program of this build is started."""
        if self.root == Path("/"):
            return list(words)
        return ["chroot", str(self.root), f"/usr/bin/{words[0]}", *words[1:]]

    def home(self, folder: Path) -> Path:
        """Return a home below ``folder``, or of the same name where this build sees it."""
        if self.root == Path("/"):
            return folder / "home"
        return self.root / "var/tmp" / f"{folder.parent.name}-{folder.name}"

    def inside(self, place: Path) -> str:
        """Return what a place is called by this build."""
        return str(Path("/") / place.relative_to(self.root))

    def missing(self) -> list[str]:
        """Return what is not there to run it."""
        if self.root == Path("/"):
            return [] if shutil.which("mumble") else ["mumble"]
        there = (self.root / "usr/bin/mumble").exists() and os.geteuid() == 0
        return [] if there else [f"mumble {self.version} in build/trixie, and root"]

    def furnish(self, home: Path, host: str, port: int) -> None:
        """Make a home with settings, for somebody who trusts that server already."""
        name, text = self.settings
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700)
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text(text)
        trust(home, host, port)


OLD: Final = Build("1.3", Path("/"), (".config/Mumble/Mumble.conf", _INI), ("80", "246"))
NEW: Final = Build(
    "1.5", TRIXIE, (".config/Mumble/Mumble/mumble_settings.json", _JSON), ("80", "275")
)


def trust(home: Path, host: str, port: int) -> None:
    """Let the client know the server's certificate, as if somebody had said yes once."""
    pem = ssl.get_server_certificate((host, port))
    digest = hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem), usedforsecurity=False).hexdigest()
    place = home / ".local/share/Mumble/Mumble"
    place.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(place / "mumble.sqlite") as known:
        known.execute(
            "CREATE TABLE IF NOT EXISTS cert"
            " (id INTEGER PRIMARY KEY AUTOINCREMENT, hostname TEXT, port INTEGER, digest TEXT)"
        )
        known.execute("INSERT INTO cert (hostname, port, digest) VALUES (?, ?, ?)",
            (host, port, digest))  # fmt: skip
    known.close()
