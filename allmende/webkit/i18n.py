"""Texts people see: gettext catalogues with ids by meaning, read once at the start.

``locale/LANGUAGE/SYSTEM.po`` maps ``system.what-it-says`` to a text with ``{names}`` in it. A
text that counts has ``msgid_plural`` and is chosen by the value ``n``.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path
from typing import Final

import msgspec
from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup
from starlette.requests import HTTPConnection

DEFAULT_LANGUAGE: Final = "de"
LANGUAGE_COOKIE: Final = "lang"
MAX_ACCEPTED: Final = 20
_PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class MissingText(LookupError):
    """The catalogue of a language has no such id. A test finds these before people do."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language. ``systems`` says which ids stand in which file."""

    language: str
    locale: Locale
    texts: Mapping[str, tuple[str, ...]]
    systems: Mapping[str, tuple[str, ...]]
    plural: Callable[[int], int]

    def text(self, message_id: str, values: Mapping[str, object]) -> str:
        """Return the text with ``values`` in their places; Markup if one of them is Markup."""
        forms = self.texts.get(message_id)
        if forms is None:
            raise MissingText(f"{self.language}: {message_id}")
        form = forms[0]
        if len(forms) > 1:
            n = values.get("n", 1)
            form = forms[self.plural(n if isinstance(n, int) else 1)]
        # Odd pieces are the names between the braces.
        pieces = _PLACE.split(form)
        for at in range(1, len(pieces), 2):
            name = pieces[at]
            pieces[at] = self._shown(values[name]) if name in values else f"{{{name}}}"
        rich = any(isinstance(piece, Markup) for piece in pieces)
        return Markup("").join(pieces) if rich else "".join(pieces)

    def _shown(self, value: object) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return format_decimal(value, locale=self.locale)
        return value if isinstance(value, str) else str(value)


class Catalogues:
    """All languages."""

    def __init__(self, catalogues: Iterable[Catalogue]) -> None:
        self._by_language = {catalogue.language: catalogue for catalogue in catalogues}

    @classmethod
    def load(cls, locale_folder: Path) -> "Catalogues":
        """Read ``locale_folder/LANGUAGE/*.po``; ValueError if two files hold the same id."""
        folders = sorted(path for path in locale_folder.iterdir() if path.is_dir())
        return cls(_read_language(folder) for folder in folders)

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the codes of the languages, e.g. ``("de", "en")``."""
        return tuple(self._by_language)

    def catalogue(self, language: str) -> Catalogue:
        """Return the texts of ``language``."""
        return self._by_language[language]

    def text(self, language: str, message_id: str, **values: object) -> str:
        """Return the text of ``message_id``; MissingText if there is none."""
        return self._by_language[language].text(message_id, values)

    def has(self, language: str, message_id: str) -> bool:
        """Whether there is such a text."""
        return message_id in self._by_language[language].texts

    def language_of(self, request: HTTPConnection) -> str:
        """Return what the person chose, else what the browser prefers, else German."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")
        if chosen in self._by_language:
            return chosen
        for wanted in _accepted(request.headers.get("accept-language", "")):
            if wanted in self._by_language:
                return wanted
        return DEFAULT_LANGUAGE

    def as_json(self, language: str, systems: Iterable[str]) -> tuple[str, bytes]:
        """Return (hash, JSON) of the texts of some systems, for elements in the browser.

        A plain text is a string; one that counts is an object by CLDR category
        (``{"one": .., "other": ..}``), which ``Intl.PluralRules`` of the browser names.
        """
        catalogue = self._by_language[language]
        ids = [item for system in systems for item in catalogue.systems.get(system, ())]
        body = msgspec.json.encode({item: _for_browser(catalogue, item) for item in sorted(ids)})
        return hashlib.sha256(body).hexdigest()[:10], body


def _read_language(folder: Path) -> Catalogue:
    locale = Locale.parse(folder.name)
    texts: dict[str, tuple[str, ...]] = {}
    systems: dict[str, tuple[str, ...]] = {}
    plural_rule = "n != 1"
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=folder.name)
        plural_rule = catalog.plural_expr
        ids: list[str] = []
        for message in catalog:
            message_id = message.id if isinstance(message.id, str) else message.id[0]
            if not message_id or not message.string:
                continue
            if message_id in texts:
                raise ValueError(f"{folder.name}: {message_id} stands in two catalogues")
            string = message.string
            texts[message_id] = (string,) if isinstance(string, str) else tuple(string)
            ids.append(message_id)
        systems[path.stem] = tuple(ids)
    return Catalogue(folder.name, locale, texts, systems, c2py(plural_rule))


def _accepted(header: str) -> list[str]:
    """Return the languages of an Accept-Language, best first (RFC 9110, 12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(header.split(",")[:MAX_ACCEPTED]):
        name, _, parameter = part.strip().partition(";")
        quality = parameter.strip().removeprefix("q=") or "1"
        if re.fullmatch(r"[01](\.\d{1,3})?", quality) and float(quality) > 0:
            ranked.append((-float(quality), position, name.strip().partition("-")[0].lower()))
    return [name for _, _, name in sorted(ranked)]


def _for_browser(catalogue: Catalogue, message_id: str) -> str | dict[str, str]:
    forms = catalogue.texts[message_id]
    if len(forms) == 1:
        return forms[0]
    categories = {catalogue.locale.plural_form(n): forms[catalogue.plural(n)] for n in range(200)}
    return {**categories, "other": categories.get("other", forms[-1])}
