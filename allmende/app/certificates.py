"""Which certificates the house shows, and who renews them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from allmende.config import Config, Places
from allmende.core.clock import Clock
from allmende.core.late import Late
from allmende.transports import tls
from allmende.transports.acme.answering import Answering
from allmende.transports.acme.files import AcmeFiles, lifetime
from allmende.transports.acme.keeping import Keeping
from allmende.transports.asgi import serving
from allmende.transports.certificates import Certificates, Use
from allmende.transports.tasks import background
from allmende.transports.threads import open_threads

if TYPE_CHECKING:
    from allmende.transports.acme import authority
else:
    authority = Late("allmende.transports.acme.authority")

_ENCRYPTS: Final = ("files", "own", "acme")


def names_of(config: Config) -> list[str]:
    """Return every name that our certificate is for, the domain first."""
    return list(dict.fromkeys([config.domain, *config.tls.names]))


def acme_files(data: Path) -> AcmeFiles:
    """Return where the account and the certificates of an authority are kept."""
    return AcmeFiles(data / "tls/acme")


def certificate_files(config: Config, places: Places, data: Path) -> tuple[Path, Path] | None:
    """Return certificate and key as they would be shown now; None where we do not encrypt."""
    if places.encryption == "files":
        return Path(config.tls.certificate), Path(config.tls.key)
    if places.encryption not in _ENCRYPTS:
        return None
    bundle = acme_files(data).bundle(config.domain)
    if places.encryption == "acme" and lifetime(bundle) is not None:
        return bundle, bundle
    own = tls.OwnFiles(data / "tls")
    return own.certificate, own.key


def certificates_of(
    config: Config, places: Places, data: Path, clock: Clock
) -> Certificates | None:
    """Return the store for all protocols; None where we do not encrypt ourselves.

    Until an authority has given one, a certificate of our own is shown. Raises CertificateRefused.
    """
    names = names_of(config)
    shown = certificate_files(config, places, data)
    if shown is None:
        return None
    if shown[0] == tls.OwnFiles(data / "tls").certificate:
        tls.own_certificate(data / "tls", names, clock)
    store = Certificates()
    store.put(names, *shown)
    return store


def web_use(config: Config) -> Use:
    """Return what pages want of TLS."""
    return Use(minimum=config.tls.minimum)


@asynccontextmanager
async def kept(
    config: Config, places: Places, store: Certificates | None, clock: Clock, url: str
) -> AsyncIterator[Keeping | None]:
    """Answer the authority on its port and renew, while the body runs. Raises CannotListen."""
    if places.encryption != "acme" or store is None:
        yield None
        return
    answers: dict[str, str] = {}
    files, acme = acme_files(Path(config.data)), config.acme
    place = authority.Place(directory=acme.directory, contact=acme.contact, trusted=acme.authority)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            serving(
                Answering(answers, url),
                listen=places.listen,
                port=acme.port,
                limits=config.limits,
            )
        )
        threads = stack.enter_context(open_threads(size=1, waiting=2))
        issuer = authority.Authority(place, files, answers, clock)
        keeping = Keeping(issuer, files, store, names_of(config), clock, threads)
        await stack.enter_async_context(background(keeping.run(), name="certificates"))
        yield keeping
