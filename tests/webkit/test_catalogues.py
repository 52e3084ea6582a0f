"""Every text that is asked for exists in each language, and every text that exists is asked for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from allmende.core import errors

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "allmende" / "locale"
LANGUAGES = sorted(path.name for path in LOCALE.iterdir() if path.is_dir())
SYSTEMS = sorted({path.stem for path in LOCALE.glob("*/*.po")})
ID = re.compile(r"[a-z]+(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+")
ERRORS = {name for name in dir(errors) if isinstance(getattr(errors, name), type)}
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# Remedies are looked up by the id of the error and by its status: webkit/templates.py.
BY_RULE = re.compile(r"web\.remedy(-\d{3})?|.*-remedy")

ASKED = re.compile(r"""\b(?:t|text)\(\s*["'`]([^"'`$]+)["'`]\s*[,)]""")
# "meet.fault-" ~ kind in a template, `meet.fault-${kind}` in TypeScript, f"meet.fault-{kind}".
BEGINNING = re.compile(r"""["'`]([a-z]+\.(?:[a-z0-9-]+[.-])?)(?:["'`]\s*[~+]|\$?\{)""")

Texts = dict[str, tuple[str, ...]]


def catalogue(language: str, system: str) -> Texts:
    path = LOCALE / language / f"{system}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    texts: Texts = {}
    for message in catalog:
        name = message.id if isinstance(message.id, str) else message.id[0]
        string = message.string
        if name:
            texts[name] = (string,) if isinstance(string, str) else tuple(string or ())
    return texts


def sources(suffix: str) -> Iterator[Path]:
    for folder in ("allmende", "frontend"):
        for path in sorted((ROOT / folder).rglob(f"*{suffix}")):
            if not {"static", "node_modules", "tests"} & set(path.relative_to(ROOT).parts):
                yield path


def asked_by_python() -> Iterator[tuple[str, str]]:
    """Yield the id that each error carries, and each id given to a function named t or text."""
    for path in sources(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ERRORS or name in {"t", "text", "translate"}:
                for argument in node.args[:2]:
                    if isinstance(argument, ast.Constant) and ID.fullmatch(str(argument.value)):
                        yield str(argument.value), str(path.relative_to(ROOT))


def asked_by_text(suffix: str) -> Iterator[tuple[str, str]]:
    for path in sources(suffix):
        for found in re.findall(
            r"\b(?:t|text)\(\s*[\"'`]([^\"'`$]+)[\"'`]\s*[,)]", path.read_text()
        ):
            if ID.fullmatch(found):
                yield found, str(path.relative_to(ROOT))


def asked() -> dict[str, str]:
    found = [*asked_by_python(), *asked_by_text(".html"), *asked_by_text(".ts")]
    return dict(found)


def mentioned() -> tuple[set[str], set[str]]:
    """Return every id written anywhere, and the beginnings that are completed while running."""
    whole: set[str] = set()
    beginnings: set[str] = set()
    for suffix in (".py", ".html", ".ts"):
        for path in sources(suffix):
            text = path.read_text()
            whole |= set(re.findall(rf"[\"'`]({ID.pattern})[\"'`]", text))
            beginnings |= set(
                re.findall(
                    r"[\"'`]([a-z]+\.(?:[a-z0-9-]+[.-])?)(?:[\"'`]\s*~|[\"'`]\s*\+|\$\{|\{)", text
                )
            )
    return whole, beginnings


def test_what_is_asked_for_exists_in_every_language() -> None:
    ids = {
        language: {name for system in SYSTEMS for name in catalogue(language, system)}
        for language in LANGUAGES
    }
    missing = [
        f"{language}: {name} ({where})"
        for language in LANGUAGES
        for name, where in sorted(asked().items())
        if name not in ids[language]
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_languages_have_the_same_ids_and_places(system: str) -> None:
    first, *others = LANGUAGES
    texts = catalogue(first, system)
    for other in others:
        twin = catalogue(other, system)
        assert sorted(twin) == sorted(texts)
        for name, forms in texts.items():
            assert all(forms), f"{first}: {name} is empty"
            assert all(twin[name]), f"{other}: {name} is empty"
            assert places(forms) == places(twin[name]), f"{name}: other places in {other}"


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_exists_is_asked_for_somewhere(system: str) -> None:
    whole, beginnings = mentioned()
    unused = [
        name
        for name in catalogue(LANGUAGES[0], system)
        if name not in whole
        and not BY_RULE.fullmatch(name)
        and not any(name.startswith(beginning) for beginning in beginnings)
    ]
    assert not unused, "\n".join(unused)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_keep_the_rules_of_tone(language: str, system: str) -> None:
    for name, forms in catalogue(language, system).items():
        for form in forms:
            assert "!" not in form, f"{name}: no exclamation marks"
            assert form == form.strip(), f"{name}: blanks at an end"
            assert not re.search("[\U0001f300-\U0001faff]", form), f"{name}: no emoji"
            assert ID.fullmatch(name), f"{name}: not an id"


def places(forms: tuple[str, ...]) -> set[str]:
    return {place for form in forms for place in PLACE.findall(form)}
