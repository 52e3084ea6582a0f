"""Every key does something: what is not used is absent."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from allmende.config.loading import is_section
from allmende.config.sections import Config, Section

HOUSE = Path(__file__).parents[2] / "allmende"


def keys(section: type[Section]) -> Iterator[tuple[str, str]]:
    for field in msgspec.structs.fields(section):
        if is_section(field.type):
            yield from keys(field.type)
        else:
            yield section.__name__.lower(), field.name


def code() -> str:
    files = [path for path in HOUSE.rglob("*.py") if path.parts[-2:] != ("config", "sections.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize(("section", "key"), list(keys(Config)))
def test_every_key_is_read_somewhere(section: str, key: str) -> None:
    owner = "systems" if section == "systems" else ""
    assert f"{owner}.{key}" in code()


def test_every_section_says_what_it_is() -> None:
    for field in msgspec.structs.fields(Config):
        if is_section(field.type):
            assert inspect.getdoc(field.type)
