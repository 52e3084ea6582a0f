import subprocess
import sys
import threading
from operator import attrgetter

import pytest

from allmende.core.late import Late


@pytest.mark.slow
def test_a_module_is_loaded_by_the_first_question() -> None:
    said = (
        "import sys; from allmende.core.late import Late; xml = Late('xml.dom.pulldom');"
        "assert 'xml.dom.pulldom' not in sys.modules; xml.PullDOM;"
        "assert 'xml.dom.pulldom' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", said], check=True)


def test_what_is_asked_is_what_the_module_has() -> None:
    assert Late("threading").Thread is threading.Thread


@pytest.mark.parametrize(
    ("name", "failure"),
    [("no_such_module", ModuleNotFoundError), ("threading", AttributeError)],
)
def test_a_wrong_name_is_told_when_it_is_asked(name: str, failure: type[Exception]) -> None:
    late = Late(name)
    with pytest.raises(failure):
        attrgetter("no_such_thing")(late)


def test_nothing_can_be_put_into_it() -> None:
    with pytest.raises(AttributeError):
        setattr(Late("threading"), "Thread".lower(), None)
