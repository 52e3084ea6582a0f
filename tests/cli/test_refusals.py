import click
import pytest
from click.testing import CliRunner

from allmende.cli.commands import Commands
from allmende.cli.refusals import sentence_of
from allmende.config import ConfigRefused
from allmende.core.errors import Conflict
from allmende.transports.tasks import TaskFailed


def run(failure: BaseException) -> tuple[int, str]:
    @click.group(cls=Commands)
    def main() -> None:
        """A house."""

    @main.command()
    def work() -> None:
        raise failure

    answer = CliRunner().invoke(main, ["work"])
    return answer.exit_code, answer.output


def test_a_refusal_is_one_sentence_and_exit_code_1() -> None:
    assert run(ConfigRefused("Unknown key x.")) == (1, "Unknown key x.\n")


def test_an_error_for_people_is_said_in_words() -> None:
    failure = Conflict("storage.folder-locked", folder="data", pid="7")
    code, output = run(failure)
    assert code == 1
    assert "data" in output
    assert "7" in output
    assert "storage." not in output


def test_an_error_without_words_is_said_by_its_id() -> None:
    assert sentence_of(Conflict("nothing.of-the-kind")) == "nothing.of-the-kind"


def test_every_failure_of_a_group_is_named() -> None:
    inner = ExceptionGroup("both", [TaskFailed("relay"), ConfigRefused("No.")])
    code, output = run(BaseExceptionGroup("outer", [inner]))
    assert code == 1
    assert "its part relay failed" in output
    assert "No." in output


@pytest.mark.parametrize("failure", [ValueError(), ExceptionGroup("x", [ValueError()])])
def test_a_bug_keeps_its_traceback(failure: Exception) -> None:
    assert sentence_of(ValueError()) is None
    code, output = run(failure)
    assert (code, output) == (1, "")
