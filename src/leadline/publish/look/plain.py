"""Facts as JSON has them: text, numbers, true, false, null, lists and objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Dataclasses, dates, tuples and numbers as JSON has them; a number that is not finite is missing (None).

    >>> plain({"day": date(2024, 7, 16), "x": float("nan"), "pair": (1, np.float64(2.5))})
    {'day': '2024-07-16', 'x': None, 'pair': [1, 2.5]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path | Enum) else value
