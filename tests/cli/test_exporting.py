"""What the operator types to hand out an account or a group, and to take a group in."""

import stat
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, select

from allmende.app.work import PROMISES
from allmende.cli import main
from allmende.cli.exporting import privacy_lines
from allmende.cli.operator import Operator
from allmende.core.ids import HandoutId
from allmende.identity.cli import with_identity
from allmende.identity.service import IdentityService
from allmende.identity.store.handouts import add_consent
from allmende.identity.store.people import operators
from allmende.identity.store.tables.handouts import handouts
from tests.identity.town import GOOD

pytestmark = pytest.mark.slow


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def people(data: Path, *names: str) -> str:
    """Make accounts and a group of the first one; return its address."""
    operator = Operator()
    operator.data = data

    async def make(identity: IdentityService) -> str:
        from_invite = []
        for name in names:
            code = await identity.make_operator_invite()
            signed_in = await identity.accept_invite(code, name, GOOD)
            from_invite.append(await identity.caller(signed_in.token, None))
        group = await identity.make_group(from_invite[0], "Garten")
        return group.slug

    return operator.run(lambda database: with_identity(database, make))


def test_a_group_goes_from_one_folder_into_another(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "group.zip"
    slug = people(here, "mara")
    people(there, "juno")
    done = typed("export", "group", slug, str(file), "--data", str(here))
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = typed("import", str(file), "--admin", "juno", "--data", str(there))
    assert done.exit_code == 0, done.output
    assert "The group is here. Digest: " in done.output
    assert "Something is not" not in done.output


def test_an_account_is_handed_out_once_to_a_file_that_is_not_there(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "mara.zip"
    people(data, "mara")
    done = typed("export", "account", "mara", str(file), "--data", str(data))
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(file) as archive:
        assert "account/account.json" in archive.namelist()
    again = typed("export", "account", "mara", str(file), "--data", str(data))
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    nobody = typed("export", "account", "nobody", str(tmp_path / "x"), "--data", str(data))
    assert nobody.exit_code == 1


def test_of_two_operators_both_agree_before_anything_is_written(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "juno.zip"
    people(data, "mara", "juno")
    command = ("export", "account", "juno", str(file), "--data", str(data))
    for said in ("They were told", "have not agreed yet"):
        refused = typed(*command)
        assert (refused.exit_code, said in refused.output, file.exists()) == (1, True, False)
    all_agree(data)
    file.touch()
    assert typed(*command).exit_code == 1, "a file that is there uses up nobody's consent"
    file.unlink()
    assert typed(*command).exit_code == 0
    assert typed(*command[:3], str(tmp_path / "again"), *command[4:]).exit_code == 1


def all_agree(data: Path) -> None:
    operator = Operator()
    operator.data = data

    def change(db: Connection) -> None:
        waits = HandoutId(db.execute(select(handouts.c.id)).scalar_one())
        for account_id in operators(db):
            add_consent(db, waits, account_id)

    operator.run(lambda database: database.write(change))


def test_a_file_that_is_no_archive_is_refused_in_words(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "group.zip"
    people(data, "mara")
    file.write_bytes(b"hello")
    done = typed("import", str(file), "--admin", "mara", "--data", str(data))
    assert done.exit_code == 1
    assert "Nothing was changed" in done.output


def test_the_table_of_what_is_kept_has_a_line_for_each_promise() -> None:
    lines = typed("check", "privacy").output.splitlines()
    assert lines == [line.rstrip() for line in privacy_lines()] or lines == privacy_lines()
    assert len(lines) == 1 + len(PROMISES)
    assert all("days" in line or "until" in line or "hours" in line for line in lines[1:])
    (blobs,) = [line for line in lines if line.startswith("blob ")]
    assert "23 hours" in blobs
