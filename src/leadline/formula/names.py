"""What the words of the playbook stand for: roles (small, large), groups (sectors), rules for groups of stocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from leadline.core.errors import RequestError

Every = Literal["month", "quarter", "year"]
#: the months at whose end a group is formed anew
MONTHS_OF: Final[Mapping[Every, tuple[int, ...]]] = MappingProxyType(
    {"month": tuple(range(1, 13)), "quarter": (3, 6, 9, 12), "year": (12,)}
)


@dataclass(frozen=True)
class Rule:
    """A group of stocks by rank of market value (1 is the greatest), formed anew on a schedule.

    dataset: the set of stocks that is ranked; low, high: the first and the last rank inside. Ranks are taken at the
    close of the last session of every month, quarter or year, with what was known then, and hold from the next session
    until the next forming. Raises RequestError for ranks that are no range.

    >>> Rule("us", 1001, 3000).said
    'ranks 1001 to 3000 of market value in us, formed anew every month'
    """

    dataset: str
    low: int
    high: int
    every: Every = "month"

    def __post_init__(self) -> None:
        if not 1 <= self.low <= self.high:
            raise RequestError("ranks of a rule", found=f"{self.low} to {self.high}", expected="such as 1001 to 3000")
        if self.every not in MONTHS_OF:
            raise RequestError("schedule of a rule", found=str(self.every), expected=f"one of {', '.join(MONTHS_OF)}")

    @property
    def said(self) -> str:
        """The rule in words."""
        return f"ranks {self.low} to {self.high} of market value in {self.dataset}, formed anew every {self.every}"


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


def _no_groups() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({})


def _no_rules() -> Mapping[str, Rule]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Names:
    """Roles: word -> the formula it stands for. Groups: word -> the formulas of its series. Rules: word -> its rule.

    Indices whose members change (`sp500`) and sets of stocks are groups of the panel itself, not listed here.

    >>> Names(roles={"small": "IWM"}, groups={"sectors": ("XLK", "XLF")}).groups["sectors"]
    ('XLK', 'XLF')
    """

    roles: Mapping[str, str] = field(default_factory=_nothing)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=_no_groups)
    rules: Mapping[str, Rule] = field(default_factory=_no_rules)
