"""Leadline from Python: the same questions as on the command line, with frozen answers. Here stages are wired together.

>>> import leadline
>>> leadline.functions()[0].signature()
'change(x, [n], [from])'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from leadline.api.desk import Desk, default_home, open_desk, playbook_desk
from leadline.data.panel.build import read

if TYPE_CHECKING:
    from leadline.api.checks import check
    from leadline.api.questions import ask, functions, lead, persistence, rarity, stated_of, value
    from leadline.api.reports import brief, briefs, score

__all__ = [
    "Desk",
    "ask",
    "brief",
    "briefs",
    "check",
    "default_home",
    "functions",
    "lead",
    "open_desk",
    "persistence",
    "playbook_desk",
    "rarity",
    "read",
    "score",
    "stated_of",
    "value",
]

#: each question is loaded when it is first asked for: a command should not wait for what the others need
_LATER = {
    "check": "checks",
    "brief": "reports",
    "briefs": "reports",
    "score": "reports",
    **dict.fromkeys(("ask", "functions", "lead", "persistence", "rarity", "stated_of", "value"), "questions"),
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"leadline.api.{_LATER[name]}"), name)
    raise AttributeError(f"module 'leadline.api' has no attribute {name!r}")
