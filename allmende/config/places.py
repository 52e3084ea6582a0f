"""What follows from the configuration: where to listen, how to encrypt, what people type."""

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal

from allmende.config.loading import ConfigRefused
from allmende.config.sections import Config

LOOPBACK: Final = ("127.0.0.1", "::1")
EVERYWHERE: Final = (str(ipaddress.IPv4Address(0)), str(ipaddress.IPv6Address(0)))

Encryption = Literal["off", "files", "own", "acme", "proxy"]


@dataclass(frozen=True, slots=True)
class Places:
    """``listen`` addresses of the pages, ``media`` those of media, ``encryption`` as decided."""

    listen: tuple[str, ...]
    media: tuple[str, ...]
    encryption: Encryption
    secure: bool

    def url(self, config: Config, port: int) -> str:
        """Return the address that people type, without a slash at the end."""
        if config.web.public_url:
            return config.web.public_url.rstrip("/")
        scheme = "https" if self.secure else "http"
        usual = {"https": 443, "http": 80}[scheme]
        shown = "" if port == usual or self.encryption == "proxy" else f":{port}"
        host = f"[{config.domain}]" if ":" in config.domain else config.domain
        return f"{scheme}://{host}{shown}"


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches ``address``. A name is loopback if it is localhost."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost" or address.endswith(".localhost")


def places_of(config: Config) -> Places:
    """Decide. Raises ConfigRefused where the configuration contradicts itself."""
    listen = config.web.listen or (LOOPBACK if is_loopback(config.domain) else EVERYWHERE)
    inside = all(is_loopback(address) for address in listen)
    encryption = _encryption(config, inside)
    if encryption == "off" and not inside:
        raise ConfigRefused(
            "tls.mode: off is for loopback only; browsers give no microphone to plain pages."
        )
    if encryption == "proxy" and not config.web.trusted_proxies:
        raise ConfigRefused("tls.mode: proxy needs web.trusted_proxies.")
    if encryption == "files" and not (config.tls.certificate and config.tls.key):
        raise ConfigRefused("tls.mode: files needs tls.certificate and tls.key.")
    if encryption == "acme" and (is_loopback(config.domain) or not _is_name(config.domain)):
        raise ConfigRefused("tls.mode: acme needs a domain that the world knows, in `domain`.")
    return Places(
        listen=listen,
        media=config.media.listen or (EVERYWHERE if encryption == "proxy" else listen),
        encryption=encryption,
        secure=encryption != "off",
    )


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False


def _encryption(config: Config, inside: bool) -> Encryption:
    if config.tls.mode != "auto":
        return config.tls.mode
    if config.tls.certificate or config.tls.key:
        return "files"
    return "off" if inside else "own"
