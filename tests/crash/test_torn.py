"""Upgrade, rollback, backup and restore are killed anywhere: old or new, never half."""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from allmende.storage.age import new_identity
from allmende.storage.backup import backup
from allmende.storage.migrate import newest_number
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.restore import checked, require_empty
from allmende.storage.selfcheck import opened, require_sound
from allmende.storage.upgrade import upgrade
from tests.crash.house import Tell
from tests.crash.torn import WORK
from tests.databases import KEYS
from tests.storage.filled import LAST_RELEASE, add_blobs, digests, filled_place

pytestmark = pytest.mark.slow

SEED: Final = 4711
SOME: Final = {"upgrade": 12, "rollback": 4, "backup": 4, "restore": 4}
MANY: Final = 50
LAST: Final = 40

State = tuple[int, Mapping[str, tuple[str, int]]]


@dataclass(frozen=True)
class Scene:
    """A folder in which work begins; ``end``: what is there when it was not killed."""

    begin: Path
    end: Path
    lines: int
    took_s: float

    def points(self, chance: random.Random, count: int) -> list[str]:
        """Before any line, before one of the last, where it is decided, and at any moment."""
        some = count // 4
        lines = [str(chance.randint(1, self.lines)) for _ in range(some)]
        last = [str(self.lines - chance.randint(0, LAST)) for _ in range(2 * some)]
        left = count - len(lines) - len(last)
        return lines + last + [f"{chance.uniform(0.01, self.took_s):.4f}s" for _ in range(left)]


def run(what: str, folder: Path, point: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.crash.torn", what, str(folder), point]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def state_of(path: Path) -> State:
    with opened(path, KEYS.database) as db:
        number = db.exec_driver_sql("SELECT max(number) FROM schema_migration").scalar_one()
    return int(number), digests(path, KEYS)


def prepared(what: str, folder: Path) -> Path:
    data = folder / "data"
    filled_place(data, KEYS, number=LAST_RELEASE if what in ("upgrade", "rollback") else None)
    if what == "rollback":
        upgrade("", data, KEYS)
    if what in ("backup", "restore"):
        add_blobs(data, KEYS, [bytes([number]) * 100_000 for number in range(8)])
        identity, recipient = new_identity()
        (folder / "identity").write_text(identity)
        (folder / "recipient").write_text(recipient)
        backup(data, "", folder / "x.age", recipients=[recipient], keys=KEYS)
    return folder


def scene_of(what: str, folder: Path) -> Scene:
    begin, end, timed = folder / "begin", folder / "end", folder / "timed"
    begin.mkdir()
    prepared(what, begin)
    for copy in (end, timed):
        shutil.copytree(begin, copy)
    said = run(what, end, "0")
    assert said.returncode == 0, said.stderr
    return Scene(begin, end, int(said.stdout), float(run(what, timed, "100s").stdout))


def old_or_new(scene: Scene, folder: Path) -> str:
    """After an upgrade or a rollback the database is the one or the other."""
    found = state_of(folder / "data" / SQLITE_NAME)
    require_sound(folder / "data" / SQLITE_NAME, KEYS.database)
    if found == state_of(scene.begin / "data" / SQLITE_NAME):
        return "old"
    assert found == state_of(scene.end / "data" / SQLITE_NAME)
    return "new"


def upgraded(scene: Scene, folder: Path) -> str:
    was = old_or_new(scene, folder)
    upgrade("", folder / "data", KEYS)
    assert state_of(folder / "data" / SQLITE_NAME)[0] == newest_number()
    snapshot = folder / "data" / f"before-{LAST_RELEASE + 1:04}.db"
    assert state_of(snapshot) == state_of(scene.begin / "data" / SQLITE_NAME)
    left = {path.name for path in (folder / "data").iterdir()}
    assert left == {SQLITE_NAME, snapshot.name}
    return was


def rolled_back(scene: Scene, folder: Path) -> str:
    was = old_or_new(scene, folder)
    if was == "old":
        assert run("rollback", folder, "0").returncode == 0
        assert old_or_new(scene, folder) == "new"
    return was


def saved(scene: Scene, folder: Path) -> str:
    target = folder / "new.age"
    was = "new" if target.exists() else "old"
    if was == "old":
        assert run("backup", folder, "0").returncode == 0
    identity = (folder / "identity").read_text()
    assert checked(target, [identity]) == checked(folder / "x.age", [identity])
    assert not list(folder.glob("*.unfinished"))
    return was


def put_back(scene: Scene, folder: Path) -> str:
    goal = folder / "goal"
    was = "new" if (goal / SQLITE_NAME).exists() else "old"
    if was == "old":
        require_empty(goal)
        assert run("restore", folder, "0").returncode == 0
    assert state_of(goal / SQLITE_NAME) == state_of(scene.end / "goal" / SQLITE_NAME)
    assert names_in(goal / "blobs") == names_in(scene.end / "goal" / "blobs")
    return was


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("??/??/*")}


AFTER: Final[Mapping[str, Callable[[Scene, Path], str]]] = {
    "upgrade": upgraded,
    "rollback": rolled_back,
    "backup": saved,
    "restore": put_back,
}


def tear(what: str, folder: Path, count: int, tell: Tell) -> None:
    scene = scene_of(what, folder)
    found = []
    for number, point in enumerate(scene.points(random.Random(SEED), count)):
        torn = folder / f"torn{number}"
        shutil.copytree(scene.begin, torn)
        run(what, torn, point)
        found.append(AFTER[what](scene, torn))
        shutil.rmtree(torn)
    tell(f"{what} killed {count} x: {found.count('old')} x old, {found.count('new')} x new")
    assert count < MANY or set(found) == {"old", "new"}


@pytest.mark.parametrize("what", WORK)
def test_killed_anywhere_it_is_old_or_new(what: str, tmp_path: Path, tell: Tell) -> None:
    tear(what, tmp_path, SOME[what], tell)


@pytest.mark.soak
@pytest.mark.parametrize("what", WORK)
def test_killed_at_fifty_points_it_is_old_or_new(what: str, tmp_path: Path, tell: Tell) -> None:
    tear(what, tmp_path, MANY, tell)
