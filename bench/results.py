"""Where figures are kept: one JSON file each, with machine and date."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "results"


def keep(name: str, figures: Mapping[str, Any], *packages: str) -> Path:
    """Write ``figures`` to ``results/NAME.json`` and return the file."""
    kept = {
        **figures,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in packages},
        },
    }
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{name}.json"
    file.write_text(json.dumps(kept, indent=2) + "\n")
    return file
