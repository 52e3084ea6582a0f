"""The library in C under AddressSanitizer and UBSan: all its tests once more, in a child."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.media.fanout.stage import LIBRARY
from tools.files import ROOT

SOURCES = ROOT / "allmende/media/fanout"
TESTS = (
    "tests/media/fanout/test_interface.py",
    "tests/media/fanout/test_c.py",
    "tests/media/fanout/test_streams.py",
    "tests/media/tracks/test_way.py",
    "tests/media/fanout/test_express.py",
)
FLAGS = (
    "-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
)  # fmt: skip


def runtime() -> str:
    """Return where libasan is, or skip the test and say that it is missing."""
    if shutil.which("cc") is None:
        pytest.skip("THE C CODE WAS NOT RUN UNDER ADDRESSSANITIZER: no C compiler here")
    found = subprocess.run(
        ["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not Path(found).is_file():
        pytest.skip("THE C CODE WAS NOT RUN UNDER ADDRESSSANITIZER: the compiler has no libasan")
    return found


def run(library: Path, preload: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ
        | {
            LIBRARY: str(library),
            "LD_PRELOAD": preload,
            # Python itself frees little at its end: leaks are looked for by hand.
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def build(sources: Path, folder: Path) -> Path:
    library = folder / "libfanout.so"
    files = sorted(map(str, sources.glob("_*.c")))
    subprocess.run(["cc", *FLAGS, "-o", str(library), *files, "-l:libcrypto.so.3"], check=True)
    return library


@pytest.mark.slow
def test_the_tests_of_the_library_pass_under_the_sanitizers(tmp_path: Path) -> None:
    preload = runtime()
    library = build(SOURCES, tmp_path)
    selected = "not numpy and not python and not the_same_in_all"
    done = run(library, preload, "-m", "pytest", "-s", "-q", "-x", "-k", selected, *TESTS)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.slow
def test_a_write_past_the_end_would_be_seen(tmp_path: Path) -> None:
    preload = runtime()
    shutil.copytree(SOURCES, tmp_path / "broken", ignore=shutil.ignore_patterns("*.so"))
    source = tmp_path / "broken" / "_sending.c"
    text = source.read_text(encoding="utf-8")
    kept = "g->datagrams = calloc(count, MAX_DATAGRAM);"
    assert kept in text
    source.write_text(text.replace(kept, "g->datagrams = calloc(count, 8);"), encoding="utf-8")
    library = build(source.parent, tmp_path)
    only = "test_a_group_sends_to_all_but_the_one_who_talks and c-"
    done = run(library, preload, "-m", "pytest", "-s", "-q", "-x", "-k", only, TESTS[0])
    assert done.returncode != 0
    assert "heap-buffer-overflow" in done.stderr
