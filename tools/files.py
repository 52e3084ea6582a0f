"""Which files belong to the project: those that git knows or would add."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def project_files(*suffixes: str, below: str = "") -> Sequence[Path]:
    """Return files with one of ``suffixes`` below a folder, relative to the root, in order."""
    known = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", below or "."],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    names = sorted({name for name in known.split("\0") if name.endswith(suffixes)})
    return [Path(name) for name in names if (ROOT / name).is_file()]
