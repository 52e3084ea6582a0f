"""What the operator sets up around the server: each system declares its records and ports."""

import ipaddress
from collections.abc import Sequence
from pathlib import Path

import allmende.systems.chat.system
import allmende.systems.meet.system
import allmende.systems.voice.system
from allmende.app.doctor.dns import Own, caa_record, has_name, own_address
from allmende.app.doctor.situation import Situation
from allmende.config import Config, places_of
from allmende.core.clock import Clock
from allmende.core.outside import NameRecord, OpenPort, Outside
from allmende.transports.names import Kind


def outside_of(config: Config, clock: Clock, own: Own = own_address) -> Outside:
    """Return everything that the systems which are on need."""
    here = Situation(config=config, data=Path(config.data), clock=clock)
    declared = [Outside(records=house_records(here, own), ports=house_ports(config))]
    if config.systems.meet:
        declared.append(allmende.systems.meet.system.outside(config))
    if config.systems.meet and config.systems.voice:
        declared.append(allmende.systems.voice.system.outside(config))
    if config.systems.chat:
        declared.append(allmende.systems.chat.system.outside(config))
    return Outside(
        records=[record for each in declared for record in each.records],
        ports=[port for each in declared for port in each.ports],
    )


def house_records(here: Situation, own: Own) -> Sequence[NameRecord]:
    """Where the name leads, and who may give certificates for it."""
    if not has_name(here):
        return ()
    told = here.config.media.public_addresses
    name, records = f"{here.domain}.", list[NameRecord]()
    for kind in (Kind.A, Kind.AAAA):
        of_kind = [each for each in told if (":" in each) is (kind is Kind.AAAA)]
        found = own(kind)
        addresses = of_kind or _public(kind, found)
        records += [NameRecord(name, kind.name, address) for address in addresses]
    if places_of(here.config).encryption == "acme":
        _, _, value = caa_record(here).partition(" CAA ")
        records.append(NameRecord(name, "CAA", value))
    return records


def _public(kind: Kind, address: str | None) -> Sequence[str]:
    """Return the address, if the world sees it; a router has one of the older kind itself."""
    if address is None:
        return ()
    if not ipaddress.ip_address(address).is_private:
        return (address,)
    return ("(the address of your router)",) if kind is Kind.A else ()


def house_ports(config: Config) -> Sequence[OpenPort]:
    """Pages, and where the authority for certificates looks."""
    places = places_of(config)
    if places.encryption == "proxy":
        return (OpenPort("TCP", 443, "pages, at the server before this one"),)
    pages = OpenPort("TCP", config.web.port, "pages")
    if places.encryption != "acme":
        return (pages,)
    return OpenPort("TCP", config.acme.port, "certificates, and the way to the pages"), pages
