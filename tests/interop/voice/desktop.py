"""Mumble's own desktop client on a screen and sound card of its own.

The screen is Xvfb, the sound card PulseAudio with two null sinks: what is played into ``mic`` is
said, what comes out of ``spk`` was heard. Everything lives in one folder and ends with the
block; the client of Debian 13 runs by chroot (builds.py).
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.voice.peers import free_port
from tests.interop.voice.builds import OLD, Build

NEEDED: Final = ("Xvfb", "pulseaudio", "pactl", "parec", "paplay", "xdotool", "import", "sox")
HERTZ: Final = 48_000
_WIZARD_NEXT: Final = ("500", "580")


@dataclass
class Desktop:
    """A running client. ``folder`` holds its screen shots and what it said."""

    folder: Path
    build: Build
    home: Path
    environment: dict[str, str]
    inside: dict[str, str]
    """What the client itself is told; it may have another root than the other programs."""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, command: Sequence[str], log: str, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program of this desktop."""
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(
                command, env=environment or self.environment,
                stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            )  # fmt: skip
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

    def wait_for_sound(self, seconds: float = 15.0) -> None:
        """Wait until the sound card answers. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while subprocess.run(
            ["pactl", "info"], env=self.environment, capture_output=True, check=False
        ).returncode:
            if time.monotonic() > until:
                raise TimeoutError("no sound card")
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
        subprocess.run(
            self.build.command("mumble", "rpc", what),
            env=self.inside, capture_output=True, check=True, timeout=30,
        )  # fmt: skip

    def open(self, url: str) -> None:
        """Start the client with an address."""
        self._client = self.start(
            self.build.command("mumble", "-m", url), "mumble.log", self.inside
        )

    def quit(self) -> None:
        """Let the client end by itself, so that it keeps what it knows."""
        self.key("ctrl+q")
        self._client.wait(15)

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


@contextmanager
def desktop(folder: Path, url: str, host: str, port: int, build: Build = OLD) -> Iterator[Desktop]:
    """Start everything and open ``url`` (mumble://..) with a new certificate."""
    home, run = build.home(folder), folder / "run"
    run.mkdir(mode=0o700)
    build.furnish(home, host, port)
    sound = f"tcp:127.0.0.1:{free_port()}"
    process, number = _screen(folder)
    shown = {**os.environ, "DISPLAY": f":{number}", "PULSE_SERVER": sound, "LANG": "C.UTF-8"}
    outside = {**shown, "HOME": str(folder), "XDG_RUNTIME_DIR": str(run)}
    own = build.inside(home)
    inside = {**shown, "HOME": own, "XDG_RUNTIME_DIR": own}
    screen = Desktop(folder, build, home, outside, inside, [process])
    try:
        screen.start(_pulseaudio(sound), "pulse.log")
        screen.wait_for_sound()
        screen.open(url)
        yield screen
    finally:
        with suppress(OSError, subprocess.SubprocessError):
            screen.key("ctrl+q")
        screen.end()
        if not home.is_relative_to(folder):
            shutil.rmtree(home, ignore_errors=True)


def _pulseaudio(sound: str) -> list[str]:
    _, host, port = sound.split(":")
    modules = (
        f"module-native-protocol-tcp listen={host} port={port} auth-anonymous=1",
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
