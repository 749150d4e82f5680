"""A stated figure: its value and how exactly it was said. `15.2%` is 0.152, told to half a tenth of a percent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_WRITTEN = re.compile(r"[+-]?\d+(\.\d+)?(\s*%)?")


@dataclass(frozen=True)
class Quantity:
    """A number, a percentage (value as a decimal) or a day; `half` is half a unit of its last digit (a day: 0 days).

    `digits` are those after the point as written.
    """

    value: float | date
    half: float
    text: str
    digits: int = 0

    @property
    def is_percent(self) -> bool:
        """Whether it was written with a percent sign."""
        return self.text.endswith("%")

    @property
    def number(self) -> float:
        """The value as a number; a day is counted in days."""
        return float(self.value.toordinal()) if isinstance(self.value, date) else self.value

    def as_json(self) -> float | str:
        """The value as JSON has it: a decimal, or an ISO date."""
        return self.value.isoformat() if isinstance(self.value, date) else self.value


def quantity(given: Any) -> Quantity:
    """A figure as it stands in a file: 15.2%, 127.7, -3, 2022-07-06. Raises ValueError for anything else.

    >>> quantity("15.2%")
    Quantity(value=0.152, half=0.0005, text='15.2%', digits=1)
    >>> quantity(3).half, quantity("+11.65 %").value
    (0.5, 0.1165)
    """
    if isinstance(given, Quantity):
        return given
    if isinstance(given, date):
        return Quantity(given, 0.0, given.isoformat())
    text = " ".join(str(given).split())
    if isinstance(given, bool) or not isinstance(given, int | float | str) or not _WRITTEN.fullmatch(text):
        raise ValueError(f"expected a figure such as 15.2%, 127.7 or 2024-07-16, given {text[:40]!r}")
    plain = text.removesuffix("%").strip()
    digits = len(plain.partition(".")[2])
    try:
        size = Decimal(plain)
    except InvalidOperation as error:  # pragma: no cover - the pattern lets numbers through only
        raise ValueError(f"expected a figure, given {text[:40]!r}") from error
    scale = Decimal("0.01") if text.endswith("%") else Decimal(1)
    return Quantity(float(size * scale), float(Decimal("0.5") * Decimal(10) ** -digits * scale), text, digits)


def days_apart(first: float, second: date) -> int:
    """How many days a counted day lies from another.

    >>> days_apart(date(2024, 7, 17).toordinal(), date(2024, 7, 16))
    1
    """
    return abs((date.fromordinal(int(first)) - second) // timedelta(days=1))


Figure = Annotated[
    Quantity,
    BeforeValidator(quantity),
    WithJsonSchema(
        {
            "description": "a number, a percentage such as 15.2%, or a day",
            "anyOf": [
                {"type": "number"},
                {"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?(\s*%)?$"},
                {"type": "string", "format": "date"},
            ],
        }
    ),
]
