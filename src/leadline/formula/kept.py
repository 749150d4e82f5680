"""What is looked up once a panel and forgotten with it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar

from leadline.data.panel.panel import Panel

Found = TypeVar("Found")
_KEPT: dict[int, tuple[weakref.ref[Panel], dict[Hashable, Any]]] = {}


def once(panel: Panel, key: Hashable, make: Callable[[], Found]) -> Found:
    """What `make` found for this panel and key the first time."""
    known = _KEPT.get(id(panel))
    if known is None or known[0]() is not panel:
        known = (weakref.ref(panel, partial(_forget, id(panel))), {})
        _KEPT[id(panel)] = known
    if key not in known[1]:
        known[1][key] = make()
    found: Found = known[1][key]
    return found


def _forget(key: int, _: weakref.ref[Panel]) -> None:
    _KEPT.pop(key, None)
