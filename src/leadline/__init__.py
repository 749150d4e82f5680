"""Leadline sounds the market's leadership: who leads, is it real, how rare is it, and what followed.

`leadline.value`, `ask`, `rarity`, `persistence`, `lead`, `check`, `brief`, `score`, `functions` and `read` answer from
Python what the commands of the same names answer; they are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadline.core.version import __version__

if TYPE_CHECKING:
    from leadline.api import ask, brief, briefs, check, functions, lead, persistence, rarity, read, score, value

__all__ = [
    "__version__",
    "ask",
    "brief",
    "briefs",
    "check",
    "functions",
    "lead",
    "persistence",
    "rarity",
    "read",
    "score",
    "value",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from leadline import api

        return getattr(api, name)
    raise AttributeError(f"module 'leadline' has no attribute {name!r}")
