"""The one store of certificates: by host name, for every protocol, renewed while it runs.

A protocol asks for a context by what it wants of TLS (``Use``). Which certificate a connection
sees is decided by the name it asks for (RFC 6066, 3); whoever asks for no name of ours sees the
first. After ``put`` and ``reload`` new connections see the new certificates, open ones stay.
"""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from allmende.transports import tls


@dataclass(frozen=True, slots=True)
class Use:
    """What a protocol wants of TLS: the oldest version it speaks, the names of ALPN.

    ``resumes``: whether clients may take up an earlier session. ``any_client``: clients are asked
    for a certificate, and any is taken.
    """

    minimum: str = "1.3"
    alpn: tuple[str, ...] = ("http/1.1",)
    resumes: bool = True
    any_client: bool = False


@dataclass(slots=True)
class _Shown:
    """One pair of files and the hosts it is shown to."""

    certificate: Path
    key: Path
    hosts: tuple[str, ...]
    contexts: dict[Use, ssl.SSLContext] = field(default_factory=dict)

    def fresh(self, use: Use) -> ssl.SSLContext:
        return tls.context_of(
            self.certificate,
            self.key,
            minimum=use.minimum,
            alpn=use.alpn,
            resumes=use.resumes,
            any_client=use.any_client,
        )


class Certificates:
    """Certificates by host name. The first pair is also for those who ask for no name."""

    def __init__(self) -> None:
        self._shown: list[_Shown] = []
        self._fronts: dict[Use, ssl.SSLContext] = {}
        self._version = 0

    @property
    def version(self) -> int:
        """A number that grows when something else is shown than before."""
        return self._version

    @property
    def files(self) -> Sequence[tuple[Path, Path]]:
        """Certificate and key of each pair."""
        return [(each.certificate, each.key) for each in self._shown]

    def put(self, hosts: Sequence[str], certificate: Path, key: Path) -> None:
        """Show this pair to who asks for one of ``hosts``, in place of what they saw before.

        Raises CertificateRefused and changes nothing if the pair is not usable.
        """
        new = _Shown(certificate, key, tuple(host.lower() for host in hosts))
        place = next((n for n, old in enumerate(self._shown) if old.hosts == new.hosts), None)
        self._read(new, is_first=place == 0)
        if place is None:
            self._shown.append(new)
        else:
            self._shown[place] = new
        self._version += 1

    def files_for(self, name: str) -> tuple[Path, Path]:
        """Return certificate and key for who asks for ``name``: the first pair if it is not ours.

        For who encrypts otherwise than by ``context``.
        """
        shown = self._for(name) or self._shown[0]
        return shown.certificate, shown.key

    def reload(self) -> None:
        """Read all files again; the pairs that are good are taken. Raises CertificateRefused."""
        refused: list[tls.CertificateRefused] = []
        for number, shown in enumerate(self._shown):
            try:
                self._read(shown, is_first=number == 0)
            except tls.CertificateRefused as failure:
                refused.append(failure)
        self._version += 1
        if refused:
            raise refused[0]

    def _read(self, shown: _Shown, *, is_first: bool) -> None:
        contexts = {use: shown.fresh(use) for use in self._fronts or (Use(),)}
        for front in self._fronts.values() if is_first else ():
            tls.load_into(front, shown.certificate, shown.key)
        shown.contexts = contexts

    def context(self, use: Use) -> ssl.SSLContext:
        """Return what a listener encrypts with; the same one for the same use."""
        if use not in self._fronts:
            first = self._shown[0]
            front = first.fresh(use)
            front.sni_callback = self._chooser(use)
            self._fronts[use] = front
            for shown in self._shown:
                shown.contexts.setdefault(use, shown.fresh(use))
        return self._fronts[use]

    def _chooser(self, use: Use) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], None]:
        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            shown = self._for(name or "")
            if shown is not None:
                connection.context = shown.contexts[use]

        return choose

    def _for(self, name: str) -> _Shown | None:
        name = name.lower()
        any_label = f"*.{name.partition('.')[2]}"
        for wanted in (name, any_label):
            for shown in self._shown:
                if wanted in shown.hosts:
                    return shown
        return None
