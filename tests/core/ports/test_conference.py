import inspect

from allmende.core.ports.conference import ALL_SOURCES, ConferenceBackend, Rights, Source
from tests.fakes.conference import FakeConference

MOST_METHODS = 12


def methods_of(port: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(port, inspect.isfunction) if name[0] != "_"}


def test_the_port_has_at_most_twelve_methods_and_the_fake_has_them_all() -> None:
    methods = methods_of(ConferenceBackend)
    assert len(methods) <= MOST_METHODS
    assert methods <= methods_of(FakeConference)


def test_rights_are_whole_unless_something_is_taken_away() -> None:
    assert Rights().sources == ALL_SOURCES == frozenset(Source)
    assert not Rights().suppressed
