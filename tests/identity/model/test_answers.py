"""Answers are frozen values."""

import dataclasses
import inspect

from allmende.identity.model import answers


def test_no_answer_can_be_changed() -> None:
    kinds = [kind for _, kind in inspect.getmembers(answers, dataclasses.is_dataclass)]
    assert len(kinds) > 10
    assert all("__delattr__" in vars(kind) for kind in kinds), "only frozen ones define it"
