"""Voice: whether Mumble clients get in and come back, and how sound goes out."""

from collections.abc import Callable
from typing import Final

from allmende.app.certificates import certificate_files
from allmende.app.doctor.ports import answers, is_free
from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding, broken, good, warning
from allmende.media.fanout.choice import choose
from allmende.media.fanout.interface import FanoutMissing
from allmende.transports.certificates import Certificates
from allmende.transports.tls import CertificateRefused, OwnFiles
from allmende.transports.ways import Chosen, Way, choose_layers

_PYTHON: Final = "python"

Choose = Callable[[Certificates, str], Chosen]


def port(here: Situation) -> Finding:
    """Its port is ours: free before the start, answering after it."""
    name, wanted = "voice.port", here.config.voice.port
    if not is_on(here) or not wanted:
        return good(name, "check.voice-off")
    if here.running_port is not None:
        if not answers(here, wanted):
            return broken(name, "check.voice-silent", "check.pages-remedy", port=str(wanted))
        return good(name, "check.voice-good", port=str(wanted))
    if not is_free(here, wanted):
        return broken(name, "check.ports-taken", "check.ports-remedy", port=str(wanted))
    return good(name, "check.ports-free", ports=str(wanted))


def certificates(here: Situation, choice: Choose = choose_layers) -> Finding:
    """People come back by the certificate that their client made."""
    name = "voice.certificates"
    if not is_on(here):
        return good(name, "check.voice-off")
    own = OwnFiles(here.data / "tls")
    shown = certificate_files(here.config, here.places, here.data) or (own.certificate, own.key)
    if not shown[0].exists():
        return good(name, "check.voice-certificates-at-start")
    store = Certificates()
    try:
        store.put([here.domain], *shown)
        chosen = choice(store, here.config.voice.tls_min)
    except CertificateRefused:
        values = {"file": str(shown[0])}
        return broken(
            name, "check.certificate-unusable", "check.voice-certificates-remedy", **values
        )
    if chosen.way is Way.OFF:
        return warning(name, "check.voice-certificates-off", "check.voice-certificates-remedy")
    return good(name, "check.voice-certificates-good")


def fanout(here: Situation) -> Finding:
    """Sound for many goes out in one step where a compiler was."""
    name, wanted = "voice.fanout", here.config.media.fanout
    try:
        found = choose(wanted).name
    except FanoutMissing:
        values = {"wanted": wanted}
        return broken(name, "check.fanout-missing", "check.fanout-remedy", **values)
    if found == _PYTHON and wanted != _PYTHON:
        return warning(name, "check.fanout-slow", "check.fanout-remedy", fanout=found)
    return good(name, "check.fanout-good", fanout=found)


def is_on(here: Situation) -> bool:
    """Return whether Mumble clients are served at all."""
    return here.config.systems.voice and here.config.systems.meet
