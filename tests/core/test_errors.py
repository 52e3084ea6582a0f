import inspect

import pytest

from allmende.core import errors

TREE = {
    errors.UserError: errors.AllmendeError,
    errors.InvalidInput: errors.UserError,
    errors.NotSignedIn: errors.UserError,
    errors.NotAllowed: errors.UserError,
    errors.ProofNeeded: errors.NotAllowed,
    errors.NotFound: errors.UserError,
    errors.Conflict: errors.UserError,
    errors.QuotaExceeded: errors.UserError,
    errors.TooManyRequests: errors.UserError,
    errors.Unavailable: errors.AllmendeError,
}


def test_an_error_has_a_text_for_the_caller_and_one_for_the_log() -> None:
    error = errors.NotAllowed("room.not-allowed", detail="role guest", permission="chat.write")
    assert error.message_id == "room.not-allowed"
    assert error.values == {"permission": "chat.write"}
    assert str(error) == "role guest"


def test_without_a_detail_the_log_gets_the_id() -> None:
    assert str(errors.NotFound("room.not-found")) == "room.not-found"


@pytest.mark.parametrize(("kind", "above"), TREE.items())
def test_the_tree_is_as_it_is_drawn(kind: type[Exception], above: type[Exception]) -> None:
    assert kind.__bases__ == (above,)
    assert kind.__name__ in (inspect.getdoc(errors) or "")


def test_every_error_is_in_the_tree() -> None:
    kinds = {k for k in vars(errors).values() if inspect.isclass(k) and issubclass(k, Exception)}
    assert kinds == {errors.AllmendeError, *TREE}
