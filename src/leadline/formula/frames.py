"""The frames behind an evaluation: one wide frame an axis, columns added when asked for, values moved between axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final

import numpy as np
import polars as pl

from leadline.core.errors import PromiseError
from leadline.data.panel.panel import Panel, places
from leadline.formula.axes import MONTH, MONTHLY, SESSION, WEEKLY, is_macro
from leadline.formula.kept import once
from leadline.formula.names import Names
from leadline.formula.vintages import Vintages, vintages_of

FRIDAY: Final = 5
#: the streaming engine cuts columns into pieces and divides by the reciprocal where a piece is all one value: a last
#: bit off, and not the same bit when the panel is longer
ENGINE: Final = "in-memory"


@dataclass(frozen=True)
class Sampled:
    """A sparser axis on the session axis: the row whose value counts, and the row where that is known."""

    value_row: pl.Series
    known_row: pl.Series


#: the columns of one axis by name
Columns = dict[str, pl.Series]


def meaning_of(names: Names) -> object:
    """What stands for names in the keys of what is kept for a panel: groups are called alike under other names."""
    return once(names, "meaning", object)


def frames_of(panel: Panel, names: Names) -> Frames:
    """The frames of a panel, with the columns that earlier formulas under these names have made already."""
    meaning = meaning_of(names)
    wide: dict[str, Columns] = once(panel, ("columns", meaning), dict)
    machines: set[str] = once(panel, ("machines", meaning), set)
    return Frames(panel, wide, machines)


@dataclass(frozen=True)
class Frames:
    """Working columns by axis. Adding a column never changes one that is there; the panel is only read.

    machines: the keys of the state machines that were run; their outputs are columns.
    """

    panel: Panel
    wide: dict[str, Columns] = field(default_factory=dict)
    machines: set[str] = field(default_factory=set)

    def columns(self, axis: str) -> Columns:
        """The columns of an axis by name, its labels as `session`."""
        if axis not in self.wide:
            self.wide[axis] = {"session": self._labels(axis).alias("session")}
        return self.wide[axis]

    def select(self, axis: str, exprs: Mapping[str, pl.Expr]) -> pl.DataFrame:
        """Expressions on a wide axis, by name, in one pass over the columns they use; `session` with them."""
        columns = self.columns(axis)
        used = dict.fromkeys(["session", *(name for expr in exprs.values() for name in expr.meta.root_names())])
        frame = pl.DataFrame([columns[name] for name in used])
        return frame.lazy().select(pl.col("session"), **exprs).collect(engine=ENGINE)

    def _labels(self, axis: str) -> pl.Series:
        if axis == SESSION:
            return self.panel.sessions
        if axis in (MONTH, MONTHLY):
            return self.panel.months["label"]
        if axis == WEEKLY:
            return self.panel.sessions.gather(self.weeks.value_row)
        raise PromiseError(f"axis {axis}", found="no wide frame")

    def vintages(self, name: str) -> Vintages:
        """The vintages of a macro series, looked up once a panel."""
        return once(self.panel, ("vintages", name), partial(vintages_of, self.panel, name))

    def has(self, axis: str, name: str) -> bool:
        """Whether the frame of an axis has a column."""
        return name in self.columns(axis)

    def add(self, axis: str, name: str, values: pl.Series) -> pl.Expr:
        """A column of an axis; the first one of a name stays."""
        self.columns(axis).setdefault(name, values.alias(name))
        return pl.col(name)

    def values(self, axis: str, expr: pl.Expr) -> pl.Series:
        """An expression on a wide axis, or on a macro axis as its value in the newest snapshot of each release."""
        if is_macro(axis):
            return self.released(axis, expr)["value"]
        return self.select(axis, {"value": expr})["value"]

    def released(self, axis: str, expr: pl.Expr) -> pl.DataFrame:
        """An expression on a macro axis: session (of the release) and value, vintage by vintage."""
        found = self.vintages(axis.partition(":")[2])
        plain = found.plain.select(pl.col("release"), value=expr)
        newest = [plain.group_by("release", maintain_order=True).agg(pl.col("value").last())]
        if len(found.again):
            newest.append(found.again.group_by("release", maintain_order=True).agg(value=expr.last()))
        return pl.concat(newest).rename({"release": "session"})

    def moved(self, axis: str, expr: pl.Expr, to: str) -> pl.Series:
        """Values on another axis: what is known is carried forward, monthly prices stand at their session alone."""
        if to == MONTH and axis == MONTHLY:
            return self.values(axis, expr)
        if to == SESSION:
            return self._to_sessions(axis, expr)
        on_sessions = self.values(SESSION, expr) if axis == SESSION else self._to_sessions(axis, expr)
        rows = self.weeks.value_row if to == WEEKLY else self.months.value_row
        return on_sessions.gather(rows)

    def _to_sessions(self, axis: str, expr: pl.Expr) -> pl.Series:
        if is_macro(axis):
            plain = expr.meta.is_column()  # the series itself: its newest value needs no snapshots
            return self.carried(self.vintages(axis.partition(":")[2]).newest if plain else self.released(axis, expr))
        values = self.values(axis, expr)
        known = self.weeks.known_row if axis == WEEKLY else self.months.known_row
        rows = np.full(len(self.panel.sessions), -1, dtype=np.int64)
        there = known.is_not_null().to_numpy()
        rows[known.drop_nulls().to_numpy()] = np.arange(len(known))[there]
        at = pl.Series(rows)
        at = at.set(at < 0, None)
        return values.gather(at if axis == MONTH else at.forward_fill())

    def carried(self, known: pl.DataFrame) -> pl.Series:
        """For each session the value of the last release at or before it. `known`: session, value; sessions ascend."""
        return known["value"].gather(places(known["session"], self.panel.sessions, exact=False))

    @cached_property
    def months(self) -> Sampled:
        """The last session of each month that is over."""
        wanted, sessions = self.panel.months["session"], self.panel.sessions
        rows = sessions.search_sorted(wanted).cast(pl.Int64)
        rows = rows.set(rows >= len(sessions), None)
        rows = rows.set((sessions.gather(rows) != wanted).fill_null(value=True), None)
        return Sampled(rows, rows)

    @cached_property
    def weeks(self) -> Sampled:
        """The last session of each complete ISO week; known on it when it is a Friday, else one session later."""
        days = self.panel.sessions.to_frame("day")
        last = pl.col("week") != pl.col("week").shift(-1)
        friday = pl.col("day").dt.weekday() >= FRIDAY
        ends = (
            days.with_columns(
                week=pl.col("day").dt.iso_year().cast(pl.Int32) * 100 + pl.col("day").dt.week(), friday=friday
            )
            .with_row_index("row")
            .filter(last.fill_null(pl.col("friday")))
        )
        row = ends["row"].cast(pl.Int64)
        return Sampled(row, row + (~ends["friday"]).cast(pl.Int64))
