"""What the words of the playbook stand for: roles (small, large) and groups (sectors)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


def _no_groups() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Names:
    """Roles: word -> the formula it stands for. Groups: word -> the formulas of its series.

    Indices whose members change (`sp500`) and sets of stocks are groups of the panel itself, not listed here.

    >>> Names(roles={"small": "IWM"}, groups={"sectors": ("XLK", "XLF")}).groups["sectors"]
    ('XLK', 'XLF')
    """

    roles: Mapping[str, str] = field(default_factory=_nothing)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=_no_groups)
