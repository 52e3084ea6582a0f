"""Ways to hurt an installation, so that the doctor finds it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from allmende.app.doctor.situation import Situation
from allmende.config import Tls
from allmende.core.findings import Finding, State
from allmende.transports.names import Caa, Kind, NotAnswered, Resolver, Value
from allmende.webkit.i18n import Catalogues

TEXTS = Catalogues.load(Path(__file__).parents[3] / "allmende/locale")
NAME = "example.org"
GOOD, WARNING, BROKEN = State.GOOD, State.WARNING, State.BROKEN


class FixedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return 0.0


@dataclass(frozen=True, slots=True)
class FakeResolver(Resolver):
    """Knows what it is told; ``is_silent``: nobody answers."""

    servers: Sequence[tuple[str, int]] = ()
    known: dict[tuple[str, Kind], Sequence[Value]] = field(default_factory=dict)
    is_silent: bool = False

    def ask(self, name: str, kind: Kind) -> Sequence[Value]:
        if self.is_silent:
            raise NotAnswered(name)
        return self.known.get((name, kind), ())


def with_config(here: Situation, **sections: Any) -> Situation:
    return replace(here, config=msgspec.structs.replace(here.config, **sections))


def public(here: Situation, mode: Any = "acme", **sections: Any) -> Situation:
    """The same with a name that the world knows."""
    return with_config(here, domain=NAME, tls=Tls(mode=mode), **sections)


def knowing(here: Situation, *, a: str = "", aaaa: str = "", caa: str = "") -> Situation:
    """With name servers that answer this about our name."""
    known: dict[tuple[str, Kind], Sequence[Value]] = {}
    if a:
        known[NAME, Kind.A] = [a]
    if aaaa:
        known[NAME, Kind.AAAA] = [aaaa]
    if caa:
        known[NAME, Kind.CAA] = [Caa(False, "issue", caa)]
    return replace(here, resolver=FakeResolver(known=known))


def running(here: Situation, port: int = 443) -> Situation:
    return replace(here, running_port=port)


def machine_file(here: Situation, path: str, text: str) -> Situation:
    """Lay a file of the machine: /proc, /etc, /var/log."""
    file = here.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return here


def told(finding: Finding) -> tuple[State, str]:
    """The state and the words; both languages have them, and a remedy where one is needed."""
    for language in TEXTS.languages:
        for text in filter(None, (finding.says, finding.remedy)):
            said = TEXTS.text(language, text, **finding.values)
            assert "{" not in said, said
            assert "\n" not in said
    assert bool(finding.remedy) is (finding.state is not State.GOOD)
    return finding.state, TEXTS.text("en", finding.says, **finding.values)


def remedy(finding: Finding) -> str:
    told(finding)
    return TEXTS.text("en", finding.remedy, **finding.values)
