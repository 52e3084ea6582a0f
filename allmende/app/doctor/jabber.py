"""Chat: whether apps and other servers get in."""

from typing import Final

from allmende.app.certificates import certificate_files
from allmende.app.doctor.certificates import fits
from allmende.app.doctor.ports import answers, is_free
from allmende.app.doctor.situation import Situation
from allmende.config import Chat
from allmende.core.findings import Finding, broken, good
from allmende.transports.tls import CertificateRefused, OwnFiles, names_in

_CLOSED: Final = "closed"


def ports(here: Situation) -> Finding:
    """Their ports are ours: free before the start, answering after it."""
    name, wanted = "chat.ports", _ports(here.config.chat)
    if not wanted:
        return good(name, "check.voice-off")
    said = ", ".join(str(port) for port in wanted)
    if here.running_port is not None:
        silent = [port for port in wanted if not answers(here, port)]
        if silent:
            return broken(name, "check.chat-silent", "check.pages-remedy", port=str(silent[0]))
        return good(name, "check.chat-good", ports=said)
    taken = [port for port in wanted if not is_free(here, port)]
    if taken:
        return broken(name, "check.ports-taken", "check.ports-remedy", port=str(taken[0]))
    return good(name, "check.ports-free", ports=said)


def certificate(here: Situation) -> Finding:
    """Other servers believe a certificate for the domain, and for that of the rooms."""
    name = "chat.certificate"
    if here.config.chat.federation == _CLOSED:
        return good(name, "check.voice-off")
    own = OwnFiles(here.data / "tls")
    shown, _ = certificate_files(here.config, here.places, here.data) or (own.certificate, own.key)
    if not shown.exists():
        return good(name, "check.certificate-at-start")
    try:
        found = names_in(shown)
    except CertificateRefused:
        return broken(
            name, "check.certificate-unusable", "check.chat-certificate-remedy", file=str(shown)
        )
    wanted = (here.domain, f"rooms.{here.domain}")
    missing = [each for each in wanted if not fits(found, each)]
    if missing:
        return broken(
            name, "check.certificate-name", "check.chat-certificate-remedy", missing=missing[0]
        )
    return good(name, "check.certificate-names", names=", ".join(found))


def _ports(chat: Chat) -> list[int]:
    servers = 0 if chat.federation == _CLOSED else chat.servers_port
    return [port for port in (chat.port, chat.direct_port, servers) if port]
