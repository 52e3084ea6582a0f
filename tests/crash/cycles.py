"""How often the server is killed: ``ALLMENDE_CYCLES``, 50 in CI; in ``make soak`` 200 times."""

import os
from typing import Final

CYCLES: Final = int(os.environ.get("ALLMENDE_CYCLES", "5"))
MANY: Final = max(CYCLES, 200)
