"""The files of the real market, read naively with the csv module: what the claims of the commentaries rest on."""

from __future__ import annotations

import csv
import itertools
import statistics
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

Points = list[tuple[date, float]]


@lru_cache(maxsize=200)
def column(path: Path, name: str, day: str = "date") -> tuple[tuple[date, float], ...]:
    """A column of a file by day; empty cells are left out."""
    with path.open() as file:
        lines = (line for line in file if not line.startswith("#"))
        return tuple((date.fromisoformat(row[day]), float(row[name])) for row in csv.DictReader(lines) if row[name])


@dataclass(frozen=True)
class Facts:
    """What the files say up to one close."""

    root: Path
    close: date

    def price(self, symbol: str, name: str = "close") -> Points:
        """A price column up to the close."""
        found = column(self.root / "prices" / f"{symbol.replace('^', '_')}.csv", name)
        return [one for one in found if one[0] <= self.close]

    def total(self, symbol: str) -> Points:
        """The price with dividends."""
        return self.price(symbol, "adj_close")

    def macro(self, name: str, lag: int = 0) -> Points:
        """A macro file, each value on the day it was known by a lag in days; up to the close."""
        found = column(self.root / "macro" / f"{name}.csv", "value")
        return [(day, value) for day, value in found if day + timedelta(days=lag) <= self.close]

    def daily_macro(self, name: str) -> Points:
        """A daily macro file on the sessions of SPY: the newest value of a day before each session."""
        found = column(self.root / "macro" / f"{name}.csv", "value")
        days = [day for day, _ in found]
        carried = []
        for session, _ in self.price("SPY"):
            at = bisect_right(days, session - timedelta(days=1)) - 1
            if at >= 0:
                carried.append((session, found[at][1]))
        return carried

    def change(self, symbol: str, back: int, name: str = "close") -> float:
        """The change over so many sessions."""
        return move(self.price(symbol, name), back)

    def ratio(self, above: str, below: str, name: str = "close") -> Points:
        """One price over another where both are there."""
        return over(self.price(above, name), self.price(below, name))

    def rank(self, symbol: str, among: Sequence[str], back: int, name: str = "adj_close") -> int:
        """The place of a symbol's change among those of others."""
        own = self.change(symbol, back, name)
        return 1 + sum(self.change(other, back, name) > own for other in among if other != symbol)


def over(above: Points, below: Points) -> Points:
    """One series over another where both have a value."""
    under = dict(below)
    return [(day, value / under[day]) for day, value in above if day in under]


def move(points: Points, back: int) -> float:
    """The last value over the one so many rows before, less 1."""
    return points[-1][1] / points[-1 - back][1] - 1


def moves(points: Points, back: int) -> Points:
    """Every such change, by its last day."""
    pairs = zip(points[back:], points[:-back], strict=True)
    return [(day, now / then - 1) for (day, now), (_, then) in pairs]


def steps(points: Points, back: int = 1) -> Points:
    """Every difference, by its last day."""
    pairs = zip(points[back:], points[:-back], strict=True)
    return [(day, now - then) for (day, now), (_, then) in pairs]


def longest_run(values: Sequence[float], holds: Callable[[float], bool]) -> int:
    """The longest run of values that hold."""
    best = run = 0
    for value in values:
        run = run + 1 if holds(value) else 0
        best = max(best, run)
    return best


def wilder(values: Sequence[float], n: int = 14) -> list[float]:
    """Wilder's relative strength index, from the n-th move on."""
    ups = [max(now - then, 0) for then, now in itertools.pairwise(values)]
    downs = [max(then - now, 0) for then, now in itertools.pairwise(values)]
    up, down = sum(ups[:n]) / n, sum(downs[:n]) / n
    found = [100 * up / (up + down)]
    for gain, loss in zip(ups[n:], downs[n:], strict=True):
        up, down = (up * (n - 1) + gain) / n, (down * (n - 1) + loss) / n
        found.append(100 * up / (up + down))
    return found


def slope(y: Points, x: Points, n: int) -> float:
    """The slope of the last n pairs."""
    there = dict(x)
    pairs = [(value, there[day]) for day, value in y if day in there][-n:]
    return statistics.linear_regression([b for _, b in pairs], [a for a, _ in pairs]).slope


def percentile(values: Sequence[float]) -> float:
    """The share of values that are not above the last."""
    return sum(value <= values[-1] for value in values) / len(values)


def separate(rows: Sequence[int], gap: int) -> list[int]:
    """The first row of each run of rows that are nearer than `gap` to the one before."""
    return [row for at, row in enumerate(rows) if at == 0 or row - rows[at - 1] >= gap]
