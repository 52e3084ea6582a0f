"""``allmende quickstart``: from a name to a configuration, and what is to be done besides."""

import asyncio
import ipaddress
import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import click

from allmende.app.doctor.dns import ipv4, ipv6
from allmende.app.doctor.situation import Situation
from allmende.app.outside import outside_of
from allmende.cli.operator import Operator
from allmende.config import Config, ConfigRefused, is_loopback, load_config, places_of
from allmende.core.clock import Clock, SystemClock
from allmende.core.findings import State
from allmende.core.outside import NameRecord, OpenPort
from allmende.identity.cli import AS_JSON, said

KeyMode = Literal["key-file", "sealed"]

_USUAL: Final = "allmende.toml"
_NAME: Final = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]+")
_LOOK_EVERY_S: Final = 10.0
_EXPLAINED: Final = """\
Everything on the disk is encrypted. Where shall the key be?
  key-file  in a file beside it: protects thrown-away disks and backups. The server starts alone.
  sealed    under a passphrase: protects a machine that is switched off or carried away. Somebody
            types it after each start."""


@click.command("quickstart")
@click.argument("domain", required=False)
@click.option("--key-mode", type=click.Choice(["key-file", "sealed"]), help="Where the key is.")
@click.option("--contact", default="", help="Mail address for the authority for certificates.")
@click.option("--proxy", is_flag=True, help="Another server on this machine has 80 and 443.")
@click.option("--wait", is_flag=True, help="Wait until the name leads here.")
@AS_JSON
@click.pass_obj
def quickstart(
    operator: Operator,
    domain: str | None,
    key_mode: KeyMode | None,
    contact: str,
    proxy: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Write allmende.toml for DOMAIN and say what else is to be done. Nothing is overwritten."""
    file = operator.file or Path(_USUAL)
    if file.exists():
        config = _here_already(file, domain, operator)
        done = f"{file} is here already and stays as it is."
    else:
        domain = checked(
            domain or click.prompt("Under which name will people find this server", err=as_json)
        )
        data = (operator.data or file.absolute().parent / "data").absolute()
        text = written(
            domain, data, key_mode or _asked_key_mode(err=as_json), contact, is_behind=proxy
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        config = load_config(file, {}, operator.overrides())
        done = f"{file} is written."
    next_steps = "\n".join(steps(config, file, SystemClock()))
    values = {"file": str(file), "domain": config.domain, "steps": next_steps}
    said(values, f"{done}\n{next_steps}", as_json=as_json)
    if wait:
        here = Situation(config=config, data=Path(config.data), clock=SystemClock())
        asyncio.run(waited(here))
        click.echo(f"{config.domain} leads here.", err=as_json)


def _asked_name(*, err: bool) -> str:
    return str(click.prompt("Under which name will people find this server", err=err))


def checked(domain: str) -> str:
    """Return the name in the form that everybody uses. Raises ConfigRefused."""
    name = domain.strip().rstrip(".").lower()
    if is_loopback(name) or _is_address(name) or _NAME.fullmatch(name):
        return name
    raise ConfigRefused(f"{domain!r} is no name of a server, like example.org.")


def written(domain: str, data: Path, key_mode: str, contact: str, *, is_behind: bool) -> str:
    """Return the file: what is needed, nothing that has a good default."""
    lines = [f"domain = {_text(domain)}", f"data = {_text(str(data))}"]
    lines.append(f"key_mode = {_text(key_mode)}")
    if is_behind:
        lines += ["", "[web]", 'listen = ["127.0.0.1"]', 'trusted_proxies = ["127.0.0.1"]']
        lines += [f"public_url = {_text(f'https://{domain}')}", "", "[tls]", 'mode = "proxy"']
    elif is_loopback(domain):
        return "\n".join(lines) + "\n"
    elif _is_address(domain):
        lines += ["", "[web]", "port = 443", "", "[tls]", 'mode = "own"']
    else:
        lines += ["", "[web]", "port = 443", "", "[tls]", 'mode = "acme"']
        lines += ["", "[acme]", f"contact = {_text(contact)}"]
    return "\n".join(lines) + "\n"


def steps(config: Config, file: Path, clock: Clock) -> Iterator[str]:
    """Yield what is to be done, in its order."""
    outside = outside_of(config, clock)
    yield f"The name {config.domain} stays: passkeys and links belong to it."
    number = 1
    if outside.records:
        yield f"\n{number}. Add these records at your DNS provider:\n"
        yield from _records(outside.records)
        number += 1
    if not all(is_loopback(address) for address in places_of(config).listen):
        yield f"\n{number}. Open these ports in firewall and router:\n"
        yield from _ports(outside.ports)
        number += 1
    place = f" --config {file}" if file != Path(_USUAL) else ""
    if config.key_mode == "sealed":
        yield f"\n{number}. Choose the passphrase. It opens the server after each start:\n"
        yield f"   allmende key seal{place}"
        number += 1
    yield f"\n{number}. Make the key of the backups, print what it shows and put that away:\n"
    yield f"   allmende backup key{place}"
    yield f"\n{number + 1}. Start it. The first start prints a link that makes your account:\n"
    yield f"   allmende serve{place}"
    if config.key_mode == "sealed":
        yield f"   allmende unlock{place}    (in a second terminal, now and after each start)"
    yield "\nAs a service of this machine, by root:\n"
    yield f"   allmende service{place} --write /etc/systemd/system/allmende.service"
    yield f"\nWhat is not right yet, at any time:\n\n   allmende check{place}"


async def waited(
    here: Situation, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Return when the name leads here, by each kind of address that it has."""
    while True:
        found = [await asyncio.to_thread(check, here) for check in (ipv4, ipv6)]
        if all(finding.state is State.GOOD for finding in found):
            return
        await sleep(_LOOK_EVERY_S)


def _here_already(file: Path, domain: str | None, operator: Operator) -> Config:
    config = load_config(file, {}, operator.overrides())
    if domain is not None and checked(domain) != config.domain:
        raise ConfigRefused(f"{file} is for {config.domain} already; it is not overwritten.")
    return config


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _asked_key_mode(*, err: bool) -> str:
    if not _is_terminal():
        return "key-file"
    click.echo(_EXPLAINED, err=err)
    choice = click.Choice(["key-file", "sealed"])
    return str(click.prompt("Where", type=choice, default="key-file", err=err))


def _records(records: Sequence[NameRecord]) -> Iterator[str]:
    width = max(len(each.name) for each in records)
    for each in records:
        yield f"   {each.name:<{width}}  {each.kind:<5} {each.value}"


def _ports(ports: Sequence[OpenPort]) -> Iterator[str]:
    for each in ports:
        yield f"   {each.transport} {each.number:<6} {each.what}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _text(value: str) -> str:
    """A basic string of TOML is one of JSON."""
    return json.dumps(value, ensure_ascii=False)
