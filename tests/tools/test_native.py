"""Building the fan-out in C: what there is, and one sentence where it cannot be."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from allmende.media.fanout.library import VERSION, load
from tools.files import ROOT

FOLDER = Path("allmende/media/fanout")


def project(folder: Path) -> Path:
    (folder / FOLDER).mkdir(parents=True)
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools/native.sh", folder / "tools")
    for source in (ROOT / FOLDER).glob("_*.[ch]"):
        shutil.copy(source, folder / FOLDER)
    return folder


def build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["tools/native.sh"],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def compiler(folder: Path, says: str) -> str:
    """Write a compiler that fails with these words, and return its path."""
    path = folder / "failing-cc"
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 1\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.slow
def test_the_library_is_built_and_loads(tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here")
    done = build(project(tmp_path), CFLAGS="-Wall -Wextra -Werror")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert load(tmp_path / FOLDER / "libfanout.so").fanout_version() == VERSION


def test_without_a_compiler_it_says_so_and_ends_well(tmp_path: Path) -> None:
    done = build(project(tmp_path), CC="no-such-compiler")
    assert done.returncode == 0
    assert "there is no C compiler (no-such-compiler)" in done.stdout
    assert not list((tmp_path / FOLDER).glob("libfanout*"))


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("ld: cannot find -lcrypto: No such file or directory", "libcrypto was not found"),
        ("_fanout.h:8:10: fatal error: errno.h: No such file", "header files"),
        ("internal error", "failing-cc failed"),
    ],
)
def test_a_compiler_that_fails_is_one_sentence_too(tmp_path: Path, says: str, why: str) -> None:
    folder = project(tmp_path)
    (folder / FOLDER / "libfanout.so").write_bytes(b"of before")
    done = build(folder, CC=compiler(tmp_path, says))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert why in done.stdout
    assert (folder / FOLDER / "libfanout.so").read_bytes() == b"of before"
