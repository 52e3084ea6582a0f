import inspect

from allmende.core.ports.calls import Act, Calls, Client
from allmende.systems.meet.service.port import CallPort

MOST_ASYNC_METHODS = 7


def test_the_port_has_at_most_seven_async_methods_and_meet_has_them_all() -> None:
    methods = {
        name: method
        for name, method in inspect.getmembers(Calls, inspect.isfunction)
        if name[0] != "_"
    }
    waiting = [name for name, method in methods.items() if inspect.iscoroutinefunction(method)]
    assert len(waiting) <= MOST_ASYNC_METHODS
    assert methods.keys() <= set(dir(CallPort))


def test_words_that_go_over_the_wire_are_lower_case() -> None:
    assert all(word == word.lower() for word in [*Act, *Client])
