"""Certificates: readable, ours, not ending, whole, and renewed by somebody."""

import itertools
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from allmende.app.certificates import acme_files, certificate_files, names_of
from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding, broken, good, warning
from allmende.transports import tls
from allmende.transports.acme.files import lifetime
from allmende.transports.groups import restrict_groups

_SOON: Final = timedelta(days=14)


def valid(here: Situation) -> Finding:
    """The certificate and its key can be read, and it does not end soon."""
    name = "certificate.valid"
    shown = _shown(here)
    if shown is None:
        return good(name, "check.certificate-none")
    if not shown[0].exists() and here.places.encryption != "files":
        return good(name, "check.certificate-at-start")
    try:
        tls.context_of(*shown)
        ends = tls.ends_at(shown[0])
    except tls.CertificateRefused:
        return broken(name, "check.certificate-unusable", _renewal(here), file=str(shown[0]))
    left, day = ends - here.clock.now(), _day(ends)
    if left < timedelta(0):
        return broken(name, "check.certificate-ended", _renewal(here), day=day)
    if left < _SOON:
        return warning(name, "check.certificate-ends", _renewal(here), day=day, days=left.days)
    return good(name, "check.certificate-good", day=day)


def names(here: Situation) -> Finding:
    """It is for every name of this server."""
    found, shown = _names_in(here), _shown(here)
    if found is None:
        says = "check.certificate-none" if shown is None else "check.certificate-at-start"
        return good("certificate.names", says)
    missing = [name for name in names_of(here.config) if not fits(found, name)]
    if missing:
        return broken(
            "certificate.names", "check.certificate-name", _renewal(here), missing=missing[0]
        )
    return good("certificate.names", "check.certificate-names", names=", ".join(found))


def chain(here: Situation) -> Finding:
    """Those who know the authority find the way to it: what lies between is in the file too."""
    name, shown = "certificate.chain", _shown(here)
    if shown is None or here.places.encryption == "own":
        return good(name, "check.certificate-none")
    if not shown[0].exists() and here.places.encryption != "files":
        return good(name, "check.certificate-at-start")
    try:
        found = x509.load_pem_x509_certificates(shown[0].read_bytes())
    except (OSError, ValueError):
        return broken(
            name, "check.certificate-unusable", "check.certificate-files-remedy",
            file=str(shown[0]),
        )  # fmt: skip
    for leaf, above in itertools.pairwise(found):
        try:
            leaf.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            return broken(name, "check.chain-order", "check.chain-remedy", file=str(shown[0]))
    is_given = here.places.encryption == "files" or lifetime(_bundle(here)) is not None
    if is_given and len(found) == 1 and found[0].issuer != found[0].subject:
        return warning(name, "check.chain-short", "check.chain-remedy", file=str(shown[0]))
    return good(name, "check.chain-good", n=len(found))


def renewal(here: Situation) -> Finding:
    """Somebody renews it, and the last try was no failure."""
    name, mode = "certificate.renewal", here.places.encryption
    if mode != "acme":
        says = {"files": "check.renewal-by-hand", "own": "check.renewal-own"}
        return good(name, says.get(mode, "check.certificate-none"))
    standing = acme_files(here.data).standing()
    if not standing.problem:
        asked = standing.renew_at
        if asked is None:
            return good(name, "check.renewal-not-begun")
        return good(name, "check.renewal-good", day=_day(asked))
    when = f"{standing.next_try:%Y-%m-%d %H:%M} UTC" if standing.next_try else "-"
    values = {"n": standing.failures, "when": when, "domain": here.domain}
    remedy = f"check.acme-{standing.problem}-remedy"
    lives = lifetime(_bundle(here))
    if lives is None or lives[1] - here.clock.now() < _SOON:
        return broken(name, f"check.acme-{standing.problem}", remedy, **values)
    return warning(name, f"check.acme-{standing.problem}", remedy, **values)


def curves(here: Situation) -> Finding:
    """Only the curves of Mozilla's list are offered."""
    if _shown(here) is None:
        return good("certificate.curves", "check.certificate-none")
    if restrict_groups(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)):
        return good("certificate.curves", "check.curves-good")
    return warning("certificate.curves", "check.curves", "check.curves-remedy")


def _shown(here: Situation) -> tuple[Path, Path] | None:
    return certificate_files(here.config, here.places, here.data)


def _bundle(here: Situation) -> Path:
    return acme_files(here.data).bundle(here.domain)


def _names_in(here: Situation) -> tuple[str, ...] | None:
    shown = _shown(here)
    if shown is None or not shown[0].exists():
        return None
    try:
        return tls.names_in(shown[0])
    except tls.CertificateRefused:
        return ()


def fits(patterns: tuple[str, ...], name: str) -> bool:
    """A wildcard stands for one label (RFC 6125, 6.4.3)."""
    above = f"*.{name.partition('.')[2]}"
    return bool({name.lower(), above.lower()} & {pattern.lower() for pattern in patterns})


def _renewal(here: Situation) -> str:
    mode = here.places.encryption
    return "check.certificate-files-remedy" if mode == "files" else "check.certificate-remedy"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
