"""Makes the skeleton of a new system: ``python -m tools.new_system NAME "what it is"``.

Every system has the same files (architecture, section 3); ``docs/new-system.md`` says what to do
with them.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.files import ROOT

NAME = re.compile(r"[a-z]{3,12}")
FILES: Mapping[str, str] = {
    "allmende/systems/{name}/__init__.py": '"""{what}"""\n',
    "allmende/systems/{name}/model.py": '"""What is: values, pure rules and limits of {name}."""\n',
    "allmende/systems/{name}/events.py": '"""What happened in {name}: facts and signals."""\n',
    "allmende/systems/{name}/service.py": (
        '"""What may be done in {name}: form, permission, change, fact."""\n'
    ),
    "allmende/systems/{name}/system.py": (
        '"""{title} put together."""\n\n'
        "from allmende.core.parts import Part\n\n\n"
        "def build() -> Part:\n"
        '    """Return the part."""\n'
        '    return Part(name="{name}")\n'
    ),
    "tests/systems/{name}/test_system.py": (
        "from allmende.systems.{name}.system import build\n\n\n"
        "def test_the_part_carries_the_name_of_the_system() -> None:\n"
        '    assert build().name == "{name}"\n'
    ),
}


def make(name: str, what: str, root: Path) -> Sequence[Path]:
    """Write the files below ``root``. FileExistsError or ValueError: nothing was written."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name} is no name: three to twelve small letters, a singular noun")
    if (root / "allmende/systems" / name).exists():
        raise FileExistsError(f"there is a system {name}")
    written = []
    for place, text in FILES.items():
        path = root / place.format(name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name, what=what, title=name.capitalize()))
        written.append(path)
    return written


def main(arguments: Sequence[str]) -> int:
    """Make it and say what comes next."""
    if len(arguments) != 2:
        print(__doc__)
        return 2
    try:
        for path in make(arguments[0], arguments[1], ROOT):
            print(path.relative_to(ROOT))
    except (ValueError, FileExistsError) as refused:
        print(refused)
        return 1
    print("Next: docs/new-system.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
