"""The scripts in docs/clients.md are those that the tests run, and its table is the route table."""

import re
from pathlib import Path

from allmende.core.accounts import Scope
from allmende.systems.desk.web.keys import SCOPE_TEXTS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "clients.md").read_text()


def test_every_script_is_shown_as_it_is_run() -> None:
    scripts = sorted((DOCS / "examples" / "clients").iterdir())
    shown = re.findall(r"```\w+\n(.*?)\n```", PAGE, re.DOTALL)
    assert sorted(shown) == sorted(script.read_text().rstrip("\n") for script in scripts)


def test_every_scope_that_is_offered_is_told() -> None:
    table = PAGE.partition("| purpose |")[2].partition("\n\n")[0]
    assert {Scope(word) for word in re.findall(r"`([a-z.]+)`", table)} == set(SCOPE_TEXTS)
