"""Makes docs/pictures with a server of its own: ``make pictures``."""

import json
import sys
import tempfile
from pathlib import Path

from bench.served import served
from tests.browser.stories import SETTINGS, run

LIMIT_S = 600.0


def main() -> int:
    """Serve, let six people meet, take the pictures; return the exit code."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), settings=SETTINGS) as server,
    ):
        facts = json.dumps({"url": server.url, "invite": server.invite})
        code, said = run(["node", "tests/browser/pictures.mjs", facts], LIMIT_S)
    sys.stdout.write(said)
    return code


if __name__ == "__main__":
    sys.exit(main())
