from pathlib import Path

from tools.files import project_files


def test_files_of_the_project_are_found_by_their_suffix() -> None:
    found = project_files(".py", below="tools")
    assert Path("tools/files.py") in found
    assert all(path.suffix == ".py" and path.parts[0] == "tools" for path in found)
