"""Mumble's own desktop client on a screen and sound card of its own.

The screen is Xvfb, the sound card PulseAudio with two null sinks: what is played into ``mic`` is
said, what comes out of ``spk`` was heard. Everything lives in one folder and ends with the
block; the client of Debian 13 runs by chroot (tools/trixie.sh).
"""

import hashlib
import os
import shutil
import signal
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

NEEDED: Final = ("mumble", "Xvfb", "pulseaudio", "parec", "paplay", "xdotool", "import", "sox")
HERTZ: Final = 48_000
_WIZARD_NEXT: Final = ("500", "580")
_SETTINGS: Final = """\
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


def missing() -> list[str]:
    """Return the programs that are not on this machine."""
    return [program for program in NEEDED if shutil.which(program) is None]


@dataclass
class Desktop:
    """A running client. ``folder`` holds its home, its screen shots and what it said."""

    folder: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, command: Sequence[str], log: str) -> subprocess.Popen[bytes]:
        """Start a program of this desktop."""
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(
                command, env=self.environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        self.processes.append(process)
        return process

    def run(self, *command: str) -> str:
        """Run a program of this desktop and return what it printed."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=30
        )
        if done.returncode and command[:2] != ("xdotool", "search"):  # which finds nothing so
            raise OSError(f"{command[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def rest(self, seconds: float) -> None:
        """Let the screen be for a while."""
        subprocess.run(["sleep", str(seconds)], check=True)

    def wait_for(self, ready: Path, seconds: float = 15.0) -> None:
        """Wait until a file is there. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while not ready.exists():
            if time.monotonic() > until:
                raise TimeoutError(f"{ready.name} did not appear")
            subprocess.run(["sleep", "0.05"], check=False)

    def shot(self, name: str) -> Path:
        """Take a picture of the screen."""
        file = self.folder / f"{name}.png"
        self.run("import", "-window", "root", str(file))
        return file

    def click(self, x: str, y: str, button: str = "1") -> None:
        """Click at a place of the screen."""
        self.run("xdotool", "mousemove", x, y, "click", button)

    def key(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.run("xdotool", "key", key)

    def write(self, text: str) -> None:
        """Type a text."""
        self.run("xdotool", "type", "--delay", "20", text)

    def rpc(self, what: str) -> None:
        """Tell the client: mute, unmute, deaf, undeaf, togglemute."""
        self.run("mumble", "rpc", what)

    def say_tone(self, hertz: int, seconds: float) -> None:
        """Say a tone into the microphone and wait until it is over."""
        self.start_tone(hertz, seconds).wait(seconds + 20)

    def start_tone(self, hertz: int, seconds: float) -> subprocess.Popen[bytes]:
        """Begin to say a tone into the microphone."""
        file = self.folder / "tone.wav"
        words = ("sox", "-n", "-r", str(HERTZ), "-c", "1", str(file))
        self.run(*words, "synth", str(seconds), "sine", str(hertz), "vol", "0.5")
        return self.start(["paplay", "-d", "mic", str(file)], "play.log")

    @contextmanager
    def hearing(self, name: str) -> Iterator[Path]:
        """Record what comes out of the loudspeaker during the block."""
        file = self.folder / f"{name}.raw"
        words = ["parec", "-d", "spk.monitor", "--format=s16le", f"--rate={HERTZ}", "--channels=1"]
        words += ["--latency-msec=20"]
        with file.open("wb") as out:
            recording = subprocess.Popen(
                words, env=self.environment, stdout=out, stderr=subprocess.DEVNULL
            )
        try:
            yield file
        finally:
            recording.terminate()
            recording.wait(10)

    def frequency(self, recording: Path) -> float:
        """Return the frequency of the loud part of a recording; 0.0 if there is none."""
        raw = ("-t", "raw", "-r", str(HERTZ), "-e", "signed", "-b", "16", "-c", "1")
        cut = ("silence", "1", "0.05", "1%", "reverse", "silence", "1", "0.05", "1%", "reverse")
        done = subprocess.run(
            ["sox", *raw, str(recording), "-n", *cut, "stat"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        for line in done.stderr.splitlines():
            if line.startswith("Rough   frequency:"):
                return max(0.0, float(line.split(":")[1]))
        return 0.0

    def end(self) -> None:
        """End all processes, the client first, so that it keeps its certificate."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _screen(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start Xvfb; return it with the number that it took, once it is ready for clients."""
    ready, told = os.pipe()
    with (folder / "x.log").open("ab") as log:
        words = ["Xvfb", "-displayfd", str(told), "-screen", "0", "1024x700x24"]
        process = subprocess.Popen(
            [*words, "-nolisten", "tcp"], pass_fds=(told,), stdout=log, stderr=log
        )
    os.close(told)
    with os.fdopen(ready) as lines:
        number = lines.readline().strip()
    if not number:
        process.kill()
        raise OSError("no screen")
    return process, int(number)


def trust(folder: Path, host: str, port: int) -> None:
    """Let the client know the server's certificate, as if somebody had said yes once."""
    pem = ssl.get_server_certificate((host, port))
    digest = hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem), usedforsecurity=False).hexdigest()
    place = folder / "home/.local/share/Mumble/Mumble"
    place.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(place / "mumble.sqlite") as known:
        known.execute(
            "CREATE TABLE IF NOT EXISTS cert"
            " (id INTEGER PRIMARY KEY AUTOINCREMENT, hostname TEXT, port INTEGER, digest TEXT)"
        )
        known.execute("INSERT INTO cert (hostname, port, digest) VALUES (?, ?, ?)",
            (host, port, digest))  # fmt: skip


@contextmanager
def desktop(folder: Path, url: str, host: str, port: int) -> Iterator[Desktop]:
    """Start everything and open ``url`` (mumble://..) with a new certificate."""
    home, run = folder / "home", folder / "run"
    (home / ".config/Mumble").mkdir(parents=True)
    run.mkdir(mode=0o700)
    (home / ".config/Mumble/Mumble.conf").write_text(_SETTINGS)
    trust(folder, host, port)
    sound = run / "pulse.sock"
    process, number = _screen(folder)
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(run),
        "DISPLAY": f":{number}",
        "PULSE_SERVER": f"unix:{sound}",
        "LANG": "C.UTF-8",
    }
    screen = Desktop(folder, environment, [process])
    try:
        screen.start(_pulseaudio(sound), "pulse.log")
        screen.wait_for(sound)
        screen.start(["mumble", "-m", url], "mumble.log")
        yield screen
    finally:
        with suppress(OSError, subprocess.SubprocessError):
            screen.key("ctrl+q")
        screen.end()


def _pulseaudio(sound: Path) -> list[str]:
    modules = (
        f"module-native-protocol-unix socket={sound} auth-anonymous=1",
        f"module-null-sink sink_name=spk rate={HERTZ}",
        f"module-null-sink sink_name=mic rate={HERTZ}",
        "module-remap-source source_name=mymic master=mic.monitor",
    )
    words = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    return words + [word for module in modules for word in ("-L", module)]


def windows(screen: Desktop, title: str) -> list[str]:
    """Return the windows on the screen whose title holds ``title``."""
    return screen.run("xdotool", "search", "--onlyvisible", "--name", title).split()


def make_certificate(screen: Desktop, seconds: float = 40.0) -> None:
    """Click through the wizard that makes the client's own certificate."""
    until = time.monotonic() + seconds
    while not windows(screen, "Certificate"):
        if time.monotonic() > until:
            raise TimeoutError("the wizard did not appear")
        screen.rest(0.3)
    while windows(screen, "Certificate"):
        if time.monotonic() > until:
            raise TimeoutError("the wizard did not end")
        screen.click(*_WIZARD_NEXT)
        screen.rest(1)
