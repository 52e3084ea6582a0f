"""Every error of the core has its condition."""

from collections.abc import Iterator

import pytest

from allmende.core import errors
from allmende.systems.chat.wire.errors import CONDITIONS, stanza_error


def tree(kind: type[errors.AllmendeError]) -> Iterator[type[errors.AllmendeError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from tree(below)


def test_the_table_has_every_error_of_the_core() -> None:
    assert set(CONDITIONS) == set(tree(errors.AllmendeError))


@pytest.mark.parametrize(("kind", "condition", "type_"), [
    (errors.NotAllowed, "forbidden", "auth"),
    (errors.TooManyRequests, "policy-violation", "wait"),
    (errors.NotFound, "item-not-found", "cancel"),
])  # fmt: skip
def test_an_error_is_said_with_its_text(
    kind: type[errors.AllmendeError], condition: str, type_: str
) -> None:
    said = stanza_error(kind("chat.x"), lambda problem: problem.message_id)
    assert (said.condition, said.kind, said.text) == (condition, type_, "chat.x")
