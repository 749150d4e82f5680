"""How often Python looks for cycles of objects that nobody uses any more."""

from __future__ import annotations

import gc
from typing import Final

#: new objects between two looks
MANY: Final = 1_000_000


def look_seldom() -> None:
    """Look seldom, for the rest of this process: a command makes few cycles, and looking costs a tenth of its time."""
    gc.set_threshold(MANY)
