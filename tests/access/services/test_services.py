"""Every method of every service, asked by everybody there is (product.md 6, S11)."""

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol, get_args

import pytest

import allmende
from allmende.core.accounts import Caller
from allmende.identity.service import IdentityService
from allmende.identity.service.credentials import Credentials
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.service.items import ItemService
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.service.uploads import UploadService
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.service.archives import Archives
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.service.operating import OperatingService
from allmende.systems.meet.service import MeetService
from allmende.systems.meet.service.port import CallPort
from allmende.systems.pads.service.port import PadPort
from allmende.systems.plenum.service import PlenumService
from allmende.systems.voice.service.lightpages import LightPages
from allmende.systems.voice.service.settings import Settings
from tests.access.services import (
    chat,
    desk,
    groups,
    meet,
    messenger,
    moderation,
    own,
    pads,
    plenum,
    rooms,
    voice,
)
from tests.access.services.conftest import Hearing
from tests.access.services.roles import ROLES, Row
from tests.access.services.without import COMMAND, JOB, PARTS, WITHOUT

pytestmark = pytest.mark.slow

SOURCE: Final = Path(allmende.__file__).parent
TABLES: Final[Mapping[type, Mapping[str, Row]]] = {
    IdentityService: {**groups.ROWS, **rooms.ROWS, **own.ROWS, **moderation.ROWS},
    Credentials: {},
    ChatService: chat.ROWS,
    ItemService: messenger.ITEMS,
    PaperService: messenger.PAPERS,
    UploadService: messenger.UPLOADS,
    PersonalHistory: messenger.HISTORY,
    DeskService: desk.PAGES,
    NoticeService: desk.NOTICES,
    Archives: desk.ARCHIVES,
    OperatingService: desk.OPERATING,
    PadPort: pads.ROWS,
    PlenumService: plenum.ROWS,
    MeetService: meet.ROWS,
    CallPort: meet.CALLS,
    LightPages: voice.ROWS,
    Settings: voice.SETTINGS,
}
"""By service and name of the method."""

CELLS: Final = [
    *(
        (service.__name__, name, row)
        for service, rows in TABLES.items()
        for name, row in rows.items()
    ),
    *(("of a foreign group", name, row) for name, row in groups.FOREIGN.items()),
    *(("of those above", name, row) for name, row in moderation.ABOVE.items()),
]


@pytest.mark.parametrize(("name", "row"), [pytest.param(n, r, id=f"{s}-{n}") for s, n, r in CELLS])
def test_each_role_is_answered_as_expected(hearing: Hearing, name: str, row: Row) -> None:
    assert set(row.answers) == set(ROLES)
    assert hearing.answers(row) == row.answers, name


@pytest.mark.parametrize("service", TABLES)
def test_every_method_has_its_row_and_every_row_its_method(service: type) -> None:
    found = dict(methods(service))
    asking = {name for name, method in found.items() if takes_caller(method)}
    assert asking == set(TABLES[service])
    assert set(found) - asking == set(WITHOUT[service])


def test_whoever_is_asked_by_callers_is_a_service_or_a_part_of_one() -> None:
    known = {base for service in TABLES for base in service.__mro__}
    others = {
        one.__name__
        for one in classes()
        if one not in known and any(takes_caller(method) for _, method in methods(one))
    }
    assert others == set(PARTS)
    assert set(PARTS.values()) <= {service.__name__ for service in TABLES}


def test_no_page_does_what_is_for_the_command_line_and_for_jobs() -> None:
    kept_away = {
        name
        for reasons in WITHOUT.values()
        for name, reason in reasons.items()
        if reason in (COMMAND, JOB)
    }
    called = {
        node.func.attr
        for path in pages()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert called & kept_away == set()


def methods(service: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """All that others may call, of itself and of what it is made of."""
    for name, method in inspect.getmembers(service, inspect.isfunction):
        if not name.startswith("_"):
            yield name, method


def takes_caller(method: Callable[..., Any]) -> bool:
    kinds = [one.annotation for one in inspect.signature(method).parameters.values()]
    return any(kind is Caller or Caller in get_args(kind) for kind in kinds)


def classes() -> Iterator[type]:
    """Every class of a service, but for those that only say what others are."""
    for module in pkgutil.walk_packages(allmende.__path__, "allmende."):
        parts = module.name.split(".")
        if "service" not in parts[2:]:
            continue
        for one in vars(import_module(module.name)).values():
            is_own = inspect.isclass(one) and one.__module__ == module.name
            if is_own and Protocol not in one.__bases__:
                yield one


def pages() -> Iterator[Path]:
    """Whatever answers people."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "web" in path.relative_to(SOURCE).with_suffix("").parts:
            yield path
