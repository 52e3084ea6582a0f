"""Debian's prosody and ejabberd, started for a comparison or as a reference, on loopback."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from allmende.core.clock import SystemClock
from allmende.transports.tls import OwnFiles, own_certificate
from bench.voice.peers import PeerMissing, free_port, wait_for

NAMES: Final = ("localhost", "rooms.localhost", "files.localhost", "127.0.0.1")
_BASE: Final = ("roster", "saslauth", "tls", "disco", "ping", "register", "posix")
_PROSODY: Final = """\
run_as_root = true
data_path = "{data}"
pidfile = "{folder}/prosody.pid"
log = {{ {{ levels = {{ min = "warn" }}, to = "file", filename = "{folder}/prosody.log" }} }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {plain} }}
c2s_direct_tls_ports = {{ {direct} }}
http_ports = {{ {http} }}
https_ports = {{ }}
http_interfaces = {{ "127.0.0.1" }}
http_external_url = "http://localhost:{http}/"
s2s_ports = {{ }}
modules_enabled = {{ {modules} }}
modules_disabled = {{ "s2s" }}
authentication = "internal_hashed"
c2s_require_encryption = false
allow_registration = true
certificates = "{folder}"
ssl = {{ certificate = "{certificate}"; key = "{key}" }}
c2s_direct_tls_ssl = {{ certificate = "{certificate}"; key = "{key}" }}

VirtualHost "localhost"

Component "rooms.localhost" "muc"
    modules_enabled = {{ {room_modules} }}

{more}
"""
_EJABBERD: Final = """\
loglevel: warning
hosts:
  - localhost
certfiles:
  - "{folder}/both.pem"
listen:
  -
    port: {plain}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    starttls: true
    access: all
auth_password_format: scram
registration_timeout: infinity
modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_register:
    ip_access: all
    access: all
  mod_muc:
    host: rooms.localhost
{archive}
"""


@dataclass(frozen=True)
class Ports:
    """Where a peer listens."""

    plain: int
    direct: int
    http: int

    @classmethod
    def free(cls) -> "Ports":
        """Return three that are free now."""
        return cls(free_port(), free_port(), free_port())


@dataclass(frozen=True)
class Setting:
    """What a peer offers besides the least; ``more``: components, at the end of its file."""

    modules: Sequence[str] = ()
    room_modules: Sequence[str] = ()
    more: str = ""


@dataclass(frozen=True)
class Peer:
    """A server that runs. ``tls``: the certificate it shows, and who signed it."""

    process: subprocess.Popen[bytes]
    ports: Ports
    tls: OwnFiles

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid


@contextmanager
def prosody(
    folder: Path,
    setting: Setting | None = None,
    ports: Ports | None = None,
    accounts: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Iterator[Peer]:
    """Run Prosody for ``localhost``. ``before``: words before its command. Raises PeerMissing.

    Who gives ``ports`` waits for them, since they may be in another namespace.
    """
    _needed("prosody", "prosodyctl")
    setting, found = setting or Setting(), ports or Ports.free()
    tls = own_certificate(folder / "tls", NAMES, SystemClock())
    (folder / "data").mkdir()
    config = folder / "prosody.cfg.lua"
    config.write_text(
        _PROSODY.format(
            folder=folder,
            data=folder / "data",
            plain=found.plain,
            direct=found.direct,
            http=found.http,
            modules=_quoted((*_BASE, *setting.modules)),
            room_modules=_quoted(setting.room_modules),
            certificate=tls.certificate,
            key=tls.key,
            more=setting.more,
        )
    )
    control = ["prosodyctl", "--root", "--config", str(config)]
    for name, password in (accounts or {}).items():
        made = [*control, "register", name, "localhost", password]
        subprocess.run(made, check=True, capture_output=True)
    command = [*before, "prosody", "--root", "--config", str(config), "-F"]
    with running(command, folder / "prosody.out", dict(os.environ)) as process:
        if ports is None:
            wait_for(process, found.plain, "prosody")
        yield Peer(process, found, tls)


@contextmanager
def ejabberd(folder: Path, *, archive: bool = False, before: Sequence[str] = ()) -> Iterator[Peer]:
    """Run ejabberd for ``localhost`` on one scheduler, with STARTTLS. Raises PeerMissing."""
    _needed("erl")
    beam = _beam_of_ejabberd()
    ports = Ports.free()
    tls = own_certificate(folder / "tls", NAMES, SystemClock())
    both = folder / "both.pem"
    both.write_text(tls.certificate.read_text() + tls.key.read_text())
    config = folder / "ejabberd.yml"
    mam = "  mod_mam:\n    default: always\n" if archive else ""
    config.write_text(_EJABBERD.format(folder=folder, plain=ports.plain, archive=mam))
    command = [*before, "erl", "+S", "1", "+K", "true", "-noinput", "-mnesia", "dir",
               f'"{folder}/mnesia"', "-pa", str(beam), "-s", "ejabberd"]  # fmt: skip
    environment = {**os.environ, "EJABBERD_CONFIG_PATH": str(config), "HOME": str(folder),
                   "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
                   "ERL_CRASH_DUMP": str(folder / "erl_crash.dump")}  # fmt: skip
    with running(command, folder / "ejabberd.out", environment) as process:
        wait_for(process, ports.plain, "ejabberd")
        yield Peer(process, ports, tls)


@contextmanager
def running(
    command: Sequence[str], out: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the body runs; what it prints goes to ``out``, in whose folder it is."""
    with out.open("wb") as printed:
        process = subprocess.Popen(
            command, stdout=printed, stderr=subprocess.STDOUT, env=environment, cwd=out.parent
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _beam_of_ejabberd() -> Path:
    found = sorted(Path("/usr/lib").glob("*/ejabberd-*/ebin/ejabberd.app"))
    if not found:
        raise PeerMissing("no ejabberd: install Debian's package")
    return found[-1].parent


def _needed(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            raise PeerMissing(f"no {program}: install Debian's package")


def _quoted(names: Sequence[str]) -> str:
    return "; ".join(f'"{name}"' for name in names)
