"""``allmende service``: a unit for systemd in which the server may do no more than it needs."""

import getpass
import os
import sys
from pathlib import Path
from typing import Final

import click

from allmende.cli.operator import Operator
from allmende.config import Config
from allmende.identity.cli import AS_JSON, said

_STATE: Final = Path("/var/lib")
_HOMES: Final = (Path("/home"), Path("/root"))
_ROOT: Final = "root"
_UNIT: Final = """\
[Unit]
Description=Allmende, {domain}
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
User={account}
ExecStart={program} serve --config {config} --data {data}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2
TimeoutStopSec=20
LimitNOFILE=65536
LimitCORE=0
UMask=0077
{folders}

AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


@click.command("service")
@click.option(
    "--write", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write it there instead, as in /etc/systemd/system/allmende.service.",
)  # fmt: skip
@click.option("--user", "account", help="Account of the machine that runs the server.")
@AS_JSON
@click.pass_obj
def service(operator: Operator, target: Path | None, account: str | None, as_json: bool) -> None:
    """Print a unit for systemd."""
    config, file = operator.config(), operator.config_file() or Path("allmende.toml")
    text = unit(config, file.absolute(), account or usual_account())
    if target is None:
        said({"unit": text}, text.rstrip("\n"), as_json=as_json)
        return
    target.write_text(text, encoding="utf-8")
    said(
        {"file": str(target)},
        f"{target} is written. Start it, now and after each boot of the machine:\n"
        f"systemctl daemon-reload && systemctl enable --now {target.stem}",
        as_json=as_json,
    )


def unit(config: Config, file: Path, account: str) -> str:
    """Return the unit of a server with this configuration."""
    data, program = Path(config.data).absolute(), _program()
    at_home = any(path.is_relative_to(home) for home in _HOMES for path in (data, program, file))
    return _UNIT.format(
        domain=config.domain,
        account=account,
        program=program,
        config=file,
        data=data,
        folders="\n".join(_folders(config, data)),
        home="read-only" if at_home else "yes",
    )


def usual_account() -> str:
    """Return who should run it: whoever asks, or an account of its own in place of root."""
    name = getpass.getuser()
    return "allmende" if name == _ROOT else name


def _folders(config: Config, data: Path) -> list[str]:
    """What may be written: systemd makes folders below /var/lib itself, for the account alone."""
    lines = [f"ReadWritePaths={data}"]
    if data.parent == _STATE:
        lines = [f"StateDirectory={data.name}", "StateDirectoryMode=0700"]
    if config.backup.folder:
        lines.append(f"ReadWritePaths={Path(config.backup.folder).absolute()}")
    return lines


def _program() -> Path:
    """Return the command as it was typed, found: it lies in an environment of its own."""
    beside = Path(sys.executable).with_name("allmende")
    return beside if beside.exists() else Path(os.path.abspath(sys.argv[0]))
