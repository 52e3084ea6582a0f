"""Reads ``allmende.toml`` and the variables ALLMENDE__SECTION__KEY into one Config."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from allmende.config.sections import Config, Section

_PREFIX: Final = "ALLMENDE__"


class ConfigRefused(Exception):
    """The configuration cannot be used. The text is one sentence that names the place."""


def load_config(
    file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> Config:
    """Return the configuration: file, then variables, then ``overrides`` ("web.port": 8443).

    Raises ConfigRefused for a file that cannot be read, an unknown key (with the nearest
    right one) and a value out of range.
    """
    tree = _read(file) if file is not None else {}
    _refuse_unknown(tree, Config, file.name if file is not None else "")
    for path, value in _variables(environ):
        _put(tree, path, value)
    for dotted, value in (overrides or {}).items():
        _put(tree, tuple(dotted.split(".")), value)
    try:
        config = msgspec.convert(tree, Config)
    except msgspec.ValidationError as refused:
        raise ConfigRefused(_sentence(str(refused))) from None
    return _with_secrets(config)


def keys_of(section: type[Section]) -> dict[str, Any]:
    """Return the keys of a section with their types, in the order of the source."""
    return {field.name: field.type for field in msgspec.structs.fields(section)}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as failure:
        raise ConfigRefused(f"{file} cannot be read: {failure.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise ConfigRefused(f"{file} is not TOML: {failure}.") from None


def is_section(kind: Any) -> bool:
    """Whether a key of this type is a section of its own."""
    return isinstance(kind, type) and issubclass(kind, Section)


def _refuse_unknown(tree: Mapping[str, Any], section: type[Section], where: str) -> None:
    for path in _unknown(tree, section, ()):
        dotted = ".".join(path)
        near = difflib.get_close_matches(dotted, list(_all_paths(Config, ())), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        place = f" in {where}" if where else ""
        raise ConfigRefused(f"Unknown key {dotted}{place}.{hint}")


def _unknown(
    tree: Mapping[str, Any], section: type[Section], path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    keys = keys_of(section)
    for key, value in tree.items():
        if key not in keys:
            yield (*path, key)
        elif is_section(keys[key]) and isinstance(value, Mapping):
            yield from _unknown(value, keys[key], (*path, key))


def _all_paths(section: type[Section], path: tuple[str, ...]) -> Iterator[str]:
    for key, kind in keys_of(section).items():
        if is_section(kind):
            yield from _all_paths(kind, (*path, key))
        yield ".".join((*path, key))


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, text in sorted(environ.items()):
        if name.startswith(_PREFIX):
            path = tuple(name.removeprefix(_PREFIX).lower().split("__"))
            tree: dict[str, Any] = {}
            _put(tree, path, text)
            _refuse_unknown(tree, Config, f"the variable {name}")
            yield path, text if _is_text(_kind_at(path)) else _toml_value(name, text)


def _is_text(kind: Any) -> bool:
    """Whether a value of this type is taken as it stands: "1.3" is no number."""
    is_choice = get_origin(kind) is Literal
    return kind is str or (is_choice and all(isinstance(each, str) for each in get_args(kind)))


def _kind_at(path: tuple[str, ...]) -> Any:
    kind: Any = Config
    for key in path:
        kind = keys_of(kind)[key] if is_section(kind) else None
    return kind


def _toml_value(name: str, text: str) -> Any:
    for attempt in (text, f'"{text}"'):
        try:
            return tomllib.loads(f"value = {attempt}")["value"]
        except tomllib.TOMLDecodeError:
            continue
    raise ConfigRefused(f"The variable {name} holds no value that TOML knows.")


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ConfigRefused(f"{key} is a section, not a value.")
        tree = inner
    tree[path[-1]] = value


def _sentence(text: str) -> str:
    what, _, path = text.partition(" - at `$.")
    if not path:
        return f"{what}."
    return f"{path.rstrip('`')}: {what[:1].lower()}{what[1:]}."


def _with_secrets(config: Config) -> Config:
    section = config.database
    if not section.url_file:
        return config
    if section.url:
        raise ConfigRefused("database.url and database.url_file are both given.")
    try:
        url = Path(section.url_file).read_text(encoding="utf-8").strip()
    except OSError as failure:
        raise ConfigRefused(f"database.url_file cannot be read: {failure.strerror}.") from None
    return msgspec.structs.replace(
        config, database=msgspec.structs.replace(section, url=url, url_file="")
    )
