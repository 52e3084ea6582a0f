"""The contracts of pyproject.toml name what is there, no more and no less."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parents[1]
SHAPE = {
    "__init__", "model", "events", "store", "service", "web", "templates", "wire", "jobs", "cli",
    "system",
}  # fmt: skip
NEEDED = {"__init__", "model", "events", "service", "system"}


def contracts() -> dict[str, dict[str, Any]]:
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    return {each["name"]: each for each in settings["tool"]["importlinter"]["contracts"]}


def modules(folder: Path) -> set[str]:
    """Names of the files and packages in a folder."""
    return {
        path.stem
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.iterdir()))
        if path.name != "__pycache__"
    }


def systems() -> list[Path]:
    return [path for path in sorted((HOUSE / "allmende/systems").iterdir()) if path.is_dir()
            and path.name != "__pycache__"]  # fmt: skip


def test_the_contract_lists_exactly_the_systems_that_exist() -> None:
    listed = contracts()["Every system has the same inner shape"]["containers"]
    assert sorted(listed) == [f"allmende.systems.{path.name}" for path in systems()]


@pytest.mark.parametrize("folder", [*systems(), HOUSE / "allmende/identity"], ids=lambda p: p.name)
def test_a_system_has_the_files_of_the_shape_and_no_others(folder: Path) -> None:
    found = modules(folder)
    assert found - (SHAPE | {"access"} if folder.name == "identity" else SHAPE) == set()
    assert NEEDED - found == set()


def test_every_floor_is_there() -> None:
    layers = contracts()["The floors of the house"]["layers"]
    named = {name.strip() for layer in layers for name in layer.split("|")}
    assert named - modules(HOUSE / "allmende") == set()


def test_a_port_has_at_most_seven_async_methods_and_there_are_at_most_sixteen() -> None:
    ports = sorted((HOUSE / "allmende/core/ports").glob("[!_]*.py"))
    assert len(ports) <= 16
    for port in ports:
        methods = port.read_text(encoding="utf-8").count("\n    async def ")
        assert methods <= (12 if port.stem == "conference" else 7), port


def test_there_are_at_most_thirty_direct_dependencies_and_each_has_a_reason() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [line.split(">=")[0].split("==")[0] for line in project["dependencies"]]
    reasons = (HOUSE / "docs/decisions/0002-dependencies.md").read_text(encoding="utf-8")
    assert len(names) <= 30
    assert [name for name in names if name not in reasons] == []


@pytest.mark.parametrize("lock", ["runtime", "dev"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    text = (HOUSE / f"requirements/{lock}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    assert packages
    assert [line for line in packages if "--hash=sha256:" not in line] == []


def test_the_version_is_said_once_and_once_more() -> None:
    from_settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    said = (HOUSE / "allmende/__init__.py").read_text(encoding="utf-8")
    assert f'__version__ = "{from_settings["project"]["version"]}"' in said
