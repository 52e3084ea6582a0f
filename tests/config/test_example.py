from pathlib import Path

from allmende.config import Config, load_config
from allmende.config.example import example, page

HOUSE = Path(__file__).parents[2]


def test_the_example_is_a_working_file(tmp_path: Path) -> None:
    file = tmp_path / "allmende.toml"
    file.write_text(example(), encoding="utf-8")
    assert load_config(file, {}) == Config()


def test_every_key_of_the_example_shows_its_default(tmp_path: Path) -> None:
    lines = [
        line.removeprefix("# ") if " = " in line and line.split(" = ")[0][2:].isidentifier() else ""
        for line in example().splitlines()
        if line.startswith("# ")
    ]
    assert len([line for line in lines if line]) > 40
    uncommented = "\n".join(
        line.removeprefix("# ")
        if " = " in line and line.removeprefix("# ").split(" = ")[0].isidentifier()
        else line
        for line in example().splitlines()
    )
    file = tmp_path / "allmende.toml"
    file.write_text(uncommented, encoding="utf-8")
    assert load_config(file, {}) == Config()


def test_the_page_in_the_docs_is_made_from_the_types() -> None:
    assert (HOUSE / "docs/configuration.md").read_text(encoding="utf-8") == page()
