"""Other XMPP servers in one namespace with ours: names, certificates, Prosody and ejabberd."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from allmende.core.clock import SystemClock
from allmende.transports.tls import OwnFiles, own_certificate
from bench.chat.peers import running

OWN: Final = "allmende.example"
PROSODY: Final = "prosody.example"
EJABBERD: Final = "ejabberd.example"
DOUBTED: Final = "doubted.example"
"""A Prosody whose certificate is signed by nobody whom we believe."""

ADDRESSES: Final = {
    OWN: "127.0.0.1", PROSODY: "127.0.0.2", EJABBERD: "127.0.0.3", DOUBTED: "127.0.0.4",
}  # fmt: skip
_PROSODY: Final = """\
run_as_root = true
data_path = "{folder}/data"
pidfile = "{folder}/prosody.pid"
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = "{folder}/prosody.log" }} }}
interfaces = {{ "{address}" }}
modules_enabled = {{
    "roster", "saslauth", "tls", "disco", "ping", "register", "dialback", "smacks"
}}
authentication = "internal_hashed"
c2s_require_encryption = false
allow_registration = true
s2s_secure_auth = true
ssl = {{ certificate = "{certificate}"; key = "{key}"; cafile = "{believed}" }}
s2s_ssl = ssl

VirtualHost "{domain}"

Component "rooms.{domain}" "muc"
"""
_EJABBERD: Final = """\
loglevel: info
hosts: ["{domain}"]
certfiles: ["{both}"]
ca_file: "{believed}"
s2s_cafile: "{believed}"
s2s_use_starttls: required
registration_timeout: infinity
listen:
  - {{port: 5222, ip: "{address}", module: ejabberd_c2s, starttls: true, access: all}}
  - {{port: 5269, ip: "{address}", module: ejabberd_s2s_in}}
modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_register: {{ip_access: all, access: all}}
  mod_muc: {{host: "rooms.{domain}", access: all, access_create: all}}
"""


def missing() -> list[str]:
    """Return what is not there to run them."""
    return [one for one in ("prosody", "erl", "dnsmasq") if shutil.which(one) is None]


@dataclass(frozen=True)
class Neighbourhood:
    """Certificates by domain, and who is believed: by us, and by the others."""

    folder: Path
    tls: Mapping[str, OwnFiles]
    ours: Path
    theirs: Path


def neighbourhood(folder: Path) -> Neighbourhood:
    """Make certificates for the others; ours makes its own."""
    made = {
        domain: own_certificate(
            _made(folder / domain) / "tls", [domain, f"rooms.{domain}"], SystemClock()
        )
        for domain in (PROSODY, EJABBERD, DOUBTED)
    }
    ours, theirs = folder / "believed-by-us.pem", folder / "believed-by-others.pem"
    ours.write_text("".join(made[each].authority.read_text() for each in (PROSODY, EJABBERD)))
    return Neighbourhood(folder, made, ours, theirs)


@contextmanager
def names(before: Sequence[str]) -> Iterator[None]:
    """Answer for all names inside the namespace that ``before`` enters."""
    resolver = Path("/etc/netns") / before[-1]
    resolver.mkdir(parents=True)
    (resolver / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    command = [*before, "dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts",
               "--conf-file=/dev/null", "--user=root", "--listen-address=127.0.0.1",
               "--bind-interfaces", "--local=/example/"]  # fmt: skip
    command += [f"--address=/{domain}/{address}" for domain, address in ADDRESSES.items()]
    command += [
        f"--srv-host=_xmpp-server._tcp.{prefix}{domain},{domain},5269"
        for domain in ADDRESSES
        for prefix in ("", "rooms.")
    ]
    try:
        with running(command, resolver.parent / f"{before[-1]}.log", os.environ):
            yield
    finally:
        shutil.rmtree(resolver)
        (resolver.parent / f"{before[-1]}.log").unlink(missing_ok=True)


@contextmanager
def others(here: Neighbourhood, own: Path, before: Sequence[str]) -> Iterator[None]:
    """Run Prosody, ejabberd and the doubted one. ``own``: the authority of ours."""
    authorities = [own, *(files.authority for files in here.tls.values())]
    here.theirs.write_text("".join(each.read_text() for each in authorities))
    with ExitStack() as stack:
        for domain in (PROSODY, DOUBTED):
            stack.enter_context(_prosody(here, domain, before))
        stack.enter_context(_ejabberd(here, before))
        yield


@contextmanager
def _prosody(here: Neighbourhood, domain: str, before: Sequence[str]) -> Iterator[None]:
    folder, tls = here.folder / domain, here.tls[domain]
    _made(folder / "data")
    config = folder / "prosody.cfg.lua"
    config.write_text(
        _PROSODY.format(
            folder=folder, address=ADDRESSES[domain], domain=domain, believed=here.theirs,
            certificate=tls.certificate, key=tls.key,
        )
    )  # fmt: skip
    command = [*before, "prosody", "--root", "--config", str(config), "-F"]
    with running(command, folder / "prosody.out", os.environ):
        yield


@contextmanager
def _ejabberd(here: Neighbourhood, before: Sequence[str]) -> Iterator[None]:
    folder, tls = here.folder / EJABBERD, here.tls[EJABBERD]
    both, config = folder / "both.pem", folder / "ejabberd.yml"
    both.write_text(tls.certificate.read_text() + tls.key.read_text())
    config.write_text(
        _EJABBERD.format(
            domain=EJABBERD, both=both, believed=here.theirs, address=ADDRESSES[EJABBERD]
        )
    )
    beam = sorted(Path("/usr/lib").glob("*/ejabberd-*/ebin/ejabberd.app"))[0].parent
    command = [*before, "erl", "+S", "1", "+K", "true", "-noinput", "-mnesia", "dir",
               f'"{folder}/mnesia"', "-pa", str(beam), "-s", "ejabberd"]  # fmt: skip
    environment = {**os.environ, "EJABBERD_CONFIG_PATH": str(config), "HOME": str(folder),
                   "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
                   "ERL_CRASH_DUMP": str(folder / "erl_crash.dump")}  # fmt: skip
    with running(command, folder / "ejabberd.out", environment):
        yield


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
