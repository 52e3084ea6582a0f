"""Every source file has its mirrored test file (architecture, A36).

``allmende/storage/relay.py`` is tested by ``tests/storage/test_relay.py``. The pieces of a
package that was one file (``service/joining.py``) may also be tested by the test of the whole
(``test_service.py``) or by any test in its folder whose name begins like theirs. Files that only
say words (``__init__``, ``events``) have nothing to test by themselves.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from tools.files import project_files

WORDS_ONLY = {"__init__", "__main__", "events"}


def missing(sources: Sequence[PurePosixPath], tests: Sequence[PurePosixPath]) -> Iterator[str]:
    """Yield a sentence for each source file without a test."""
    known = {str(path) for path in tests}
    for source in sources:
        if source.stem in WORDS_ONLY:
            continue
        own, *others = candidates(source)
        begins = own.removesuffix(".py") + "_"
        if not any(path in known for path in (own, *others)) and not any(
            test.startswith(begins) for test in known
        ):
            yield f"{source}: no {own}"


def candidates(source: PurePosixPath) -> Sequence[str]:
    """Return where the test of ``source`` may be, the best place first."""
    inner = PurePosixPath(*source.parts[1:])
    own = PurePosixPath("tests", inner.parent, f"test_{inner.name}")
    package = inner.parent
    if len(inner.parts) < 3:
        return [str(own)]
    whole = PurePosixPath("tests", package.parent, f"test_{package.name}.py")
    return [str(own), str(whole)]


def main() -> int:
    """Print what lacks a test; exit code 1 if anything does."""
    sources = [PurePosixPath(path) for path in project_files(".py", below="allmende")]
    tests = [PurePosixPath(path) for path in project_files(".py", below="tests")]
    found = list(missing(sources, tests))
    print("\n".join(found) or "mirror: good")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
