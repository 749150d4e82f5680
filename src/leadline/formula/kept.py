"""What is looked up once for a panel, or for names, and forgotten with it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar

Found = TypeVar("Found")
_KEPT: dict[int, tuple[weakref.ref[Any], dict[Hashable, Any]]] = {}


def once(owner: Any, key: Hashable, make: Callable[[], Found]) -> Found:
    """What `make` found for this owner (by identity; it must not change) and key the first time."""
    known = _KEPT.get(id(owner))
    if known is None or known[0]() is not owner:
        known = (weakref.ref(owner, partial(_forget, _KEPT, id(owner))), {})
        _KEPT[id(owner)] = known
    if key not in known[1]:
        known[1][key] = make()
    found: Found = known[1][key]
    return found


def _forget(kept: dict[int, Any], key: int, _: weakref.ref[Any]) -> None:
    """`kept` is handed over, as the names of a module are gone before its last objects are."""
    kept.pop(key, None)
