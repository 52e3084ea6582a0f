"""What is there before the house is open: the folder is ours, and somebody answers the door."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from allmende.app.certificates import certificates_of, kept, web_use
from allmende.app.ground import Ground
from allmende.config import Config, places_of
from allmende.core.clock import Clock
from allmende.storage.folder import lock_folder
from allmende.transports.acme.keeping import Keeping
from allmende.transports.asgi import Serving, serving
from allmende.transports.certificates import Certificates
from allmende.transports.doorway import Doorway
from allmende.transports.notify import READY, tell_systemd
from allmende.transports.running import announced


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Nothing here knows a key: this is all that runs while the house is locked."""

    ground: Ground
    door: Doorway
    listeners: Serving
    certificates: Certificates | None
    keeping: Keeping | None

    def reload_certificate(self) -> None:
        """Read the files again, and ask for what is missing. Raises CertificateRefused."""
        if self.keeping is not None:
            self.keeping.wake()
        if self.certificates is not None:
            self.certificates.reload()


@asynccontextmanager
async def threshold(config: Config, clock: Clock) -> AsyncIterator[Threshold]:
    """Take the folder and listen; whoever comes is asked to wait.

    Raises ConfigRefused, Conflict (the folder is in use), CannotListen, CertificateRefused.
    """
    places, data = places_of(config), Path(config.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(lock_folder(data))
        certificates = certificates_of(config, places, data, clock)
        door = Doorway()
        listeners = await stack.enter_async_context(
            serving(
                door,
                listen=places.listen,
                port=config.web.port,
                limits=config.limits,
                trusted_proxies=config.web.trusted_proxies,
                context=certificates.context(web_use(config)) if certificates else None,
            )
        )
        url = places.url(config, listeners.port)
        stack.enter_context(announced(data, port=listeners.port, url=url))
        keeping = await stack.enter_async_context(kept(config, places, certificates, clock, url))
        tell_systemd(READY, os.environ)
        yield Threshold(
            ground=Ground(config=config, places=places, data=data, clock=clock, url=url),
            door=door,
            listeners=listeners,
            certificates=certificates,
            keeping=keeping,
        )
