"""Small made-up panels: prices by name, monthly prices, macro vintages, events, members, stocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from leadline.core.seeds import generator
from leadline.data.facts import FACTS
from leadline.data.panel.panel import PRICE_FIELDS, Panel, SeriesFact
from leadline.formula import Names, Rule

Column = Sequence[float | None]
DATASET = "stocks_demo"
NAMES = Names(
    roles={"small": "IWM", "large": "SPY"},
    groups={"sectors": ("XLK", "XLF", "XLV")},
    rules={"ranked": Rule(DATASET, 1, 3)},
)


def weekdays(count: int, first: date = date(2020, 1, 1), but: Sequence[date] = ()) -> list[date]:
    """So many weekdays from `first` on, without some."""
    days, day = [], first
    while len(days) < count:
        if day.weekday() < 5 and day not in but:
            days.append(day)
        day += timedelta(days=1)
    return days


@dataclass
class Maker:
    """Collects the parts of a panel. `sessions` are weekdays unless given."""

    sessions: list[date]
    bars: list[pl.DataFrame] = field(default_factory=list)
    facts: dict[str, SeriesFact] = field(default_factory=dict)
    observations: list[pl.DataFrame] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)
    members: list[pl.DataFrame] = field(default_factory=list)
    stocks: list[pl.DataFrame] = field(default_factory=list)

    def price(self, name: str, frequency: str = "session", **fields: Column) -> Maker:
        """A price series with the fields given, on all sessions (or on the months that are over)."""
        days = self.sessions if frequency == "session" else self.months()["label"].to_list()
        columns = {of: pl.Series(of, fields.get(of, [None] * len(days)), dtype=pl.Float64) for of in PRICE_FIELDS}
        rows = pl.DataFrame({"series": [name] * len(days), "session": days, **columns})
        rows = rows.filter(~pl.all_horizontal(pl.col(*PRICE_FIELDS).is_null()))
        has = tuple(of for of in PRICE_FIELDS if rows[of].null_count() < len(rows))
        first, last = rows["session"][0], rows["session"][-1]
        self.bars.append(rows)
        self.facts[name] = SeriesFact(
            name, name, "bars", frequency, "price", "simulated", "test", has, first, last, len(rows)
        )
        return self

    def macro(
        self, name: str, rows: Sequence[tuple[date, date, float]], frequency: str = "month", known_by: str = "vintage"
    ) -> Maker:
        """A macro series from (described, first session that knows it, value)."""
        known = [datetime(one[1].year, one[1].month, one[1].day, 13, tzinfo=UTC) for one in rows]
        self.observations.append(
            pl.DataFrame(
                {
                    "series": [name] * len(rows),
                    "describes": [one[0] for one in rows],
                    "known_at": pl.Series(known, dtype=pl.Datetime("us", "UTC")),
                    "session": [one[1] for one in rows],
                    "value": [float(one[2]) for one in rows],
                    "known_by": [known_by] * len(rows),
                }
            )
        )
        days = sorted({one[0] for one in rows})
        self.facts[name] = SeriesFact(
            name, name, "macro", frequency, "rate", "simulated", "test", ("value",), days[0], days[-1], len(days)
        )
        return self

    def event(self, calendar: str, days: Sequence[date]) -> Maker:
        """Events on days, at the first session on or after each."""
        sessions = [next((one for one in self.sessions if one >= day), None) for day in days]
        self.events.append(
            pl.DataFrame(
                {"calendar": [calendar] * len(days), "session": sessions, "describes": days},
                schema_overrides={"session": pl.Date},
            ).with_columns(kind=pl.lit("scheduled"), reference=pl.lit(None, pl.Date))
        )
        return self

    def member(self, group: str, changes: Sequence[tuple[str, date, str]]) -> Maker:
        """Members of a group from (symbol, session, in | out | held)."""
        self.members.append(
            pl.DataFrame(
                {
                    "group": [group] * len(changes),
                    "symbol": [one[0] for one in changes],
                    "describes": [one[1] for one in changes],
                    "session": [one[1] for one in changes],
                    "change": [one[2] for one in changes],
                }
            ).with_columns(weight=pl.lit(None, pl.Float64))
        )
        return self

    def stock(self, symbol: str, dataset: str = DATASET, **fields: Column) -> Maker:
        """A stock with change, adj_close, volume on all sessions; rows where all are missing are left out."""
        names = ("close", "change", "adj_close", "volume", "shares")
        columns = {of: pl.Series(of, fields.get(of, [None] * len(self.sessions)), dtype=pl.Float64) for of in names}
        rows = pl.DataFrame({"dataset": dataset, "symbol": symbol, "session": self.sessions, **columns}).filter(
            ~pl.all_horizontal(pl.col(*names).is_null())
        )
        self.stocks.append(rows)
        return self

    def months(self) -> pl.DataFrame:
        """The months that are over: those before the last session's, and its own when it is the last weekday of it."""
        frame = pl.DataFrame({"session": self.sessions})
        ends = frame.group_by(pl.col("session").dt.month_end().alias("label"), maintain_order=True).last()
        last = self.sessions[-1]
        after = last + timedelta(days=3 if last.weekday() == 4 else 1)
        over = ends if after.month != last.month else ends.head(-1)
        return over.select("label", "session")

    def panel(self) -> Panel:
        """The panel."""
        cut = self.sessions[-1]
        return Panel(
            cut=cut,
            instant=datetime(cut.year, cut.month, cut.day, 21, tzinfo=UTC),
            version=1,
            sessions=pl.Series("session", self.sessions, dtype=pl.Date),
            months=self.months(),
            series=dict(self.facts),
            bars=pl.concat(self.bars).sort("series", "session") if self.bars else _no_bars(),
            observations=_together(self.observations, _no_observations()).sort("series", "known_at", "describes"),
            events=_together(self.events, _no_events()),
            members=_together(self.members, _no_members()),
            stocks=pl.concat(self.stocks).lazy() if self.stocks else None,
        )


def _together(parts: list[pl.DataFrame], empty: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(parts, how="vertical_relaxed").select(empty.columns) if parts else empty


def _no_bars() -> pl.DataFrame:
    return pl.DataFrame(schema={"series": pl.String, "session": pl.Date, **dict.fromkeys(PRICE_FIELDS, pl.Float64)})


def _no_observations() -> pl.DataFrame:
    kinds = FACTS["observations"]
    order = ("series", "describes", "known_at", "session", "value", "known_by")
    return pl.DataFrame(schema={name: kinds.get(name, pl.Date) for name in order})


def _no_events() -> pl.DataFrame:
    order = ("calendar", "session", "describes", "kind", "reference")
    return pl.DataFrame(schema={name: FACTS["events"].get(name, pl.Date) for name in order})


def _no_members() -> pl.DataFrame:
    order = ("group", "symbol", "describes", "session", "change", "weight")
    return pl.DataFrame(schema={name: FACTS["members"].get(name, pl.Date) for name in order})


def plain(closes: Mapping[str, Column], **more: Column) -> Panel:
    """A panel of closes by series name, on weekdays from 2020-01-01. `more` are further fields of the first series."""
    maker = Maker(weekdays(len(next(iter(closes.values())))))
    for at, (name, column) in enumerate(closes.items()):
        maker.price(name, close=column, **(more if at == 0 else {}))
    return maker.panel()


def walk(stream: str, count: int, drift: float = 0.0003, spread: float = 0.012) -> np.ndarray:
    """A random walk of prices around 100."""
    rng = generator(f"formula tests {stream}")
    return 100 * np.exp(np.cumsum(rng.normal(drift, spread, count)))


def world(count: int = 420) -> Panel:
    """Everything at once: two series and three sectors with all fields and gaps, monthly prices, macro, groups."""
    days = weekdays(count, but=(date(2020, 4, 10), date(2020, 12, 25), date(2021, 1, 1)))
    maker = Maker(days)
    rng = generator("formula tests world")
    for name in ("IWM", "SPY", "XLK", "XLF", "XLV"):
        close = walk(name, count)
        gaps = rng.random(count) < (0.0 if name == "SPY" else 0.004)
        volume = rng.integers(1_000, 9_000, count).astype(float)
        above, below = 1 + rng.random(count) * 0.01, 1 - rng.random(count) * 0.01
        parts = {
            "open": close * below,
            "high": close * above,
            "low": close * below,
            "close": close,
            "total": close * np.linspace(0.97, 1, count),
            "volume": volume,
        }
        maker.price(
            name, **{of: [None if g else float(v) for v, g in zip(x, gaps, strict=True)] for of, x in parts.items()}
        )
    months = len(maker.months())
    maker.price("KF:SMALL", "month", close=walk("KF", months, 0.01, 0.05).tolist())
    maker.price("KF:BIG", "month", close=walk("KF2", months, 0.01, 0.04).tolist())
    _macro(maker, days, rng)
    maker.event("FOMC", days[20::30]).event("CPI", days[10::21])
    _stocks(maker, days, rng)
    return maker.panel()


def _macro(maker: Maker, days: list[date], rng: np.random.Generator) -> None:
    months = [date(2018 + at // 12, at % 12 + 1, 1) for at in range(60)]
    rows: list[tuple[date, date, float]] = []
    for at, month in enumerate(months):
        out = next((day for day in days if day >= month + timedelta(days=36)), None)
        if at == 31 or out is None:  # one month was never published
            continue
        rows.append((month, out, round(4 + float(rng.normal(0, 0.3)), 1)))
        if at % 3 == 0 and at > 3:  # and some are revised with the next
            rows.append((months[at - 2], out, round(4 + float(rng.normal(0, 0.3)), 1)))
    maker.macro("FRED:UNRATE", sorted(set(rows), key=lambda row: (row[1], row[0])))
    yields = 1.0 + np.cumsum(rng.normal(0, 0.05, len(days)))
    maker.macro("FRED:DGS10", [(d, d, float(y)) for d, y in zip(days, yields, strict=True)], "day", "lag")
    spread = np.cumsum(rng.normal(0, 0.1, len(days)))
    maker.macro("FRED:T10Y2Y", [(d, d, float(y)) for d, y in zip(days, spread, strict=True)], "day", "lag")
    steps = np.repeat([1.0, 1.25, 1.5, 1.25, 1.0, 1.25, 1.0], len(days) // 7 + 1)[: len(days)]
    maker.macro("FRED:DFEDTARU", [(d, d, float(y)) for d, y in zip(days, steps, strict=True)], "day")


def _stocks(maker: Maker, days: list[date], rng: np.random.Generator) -> None:
    changes: list[tuple[str, date, str]] = []
    for at in range(6):
        move = rng.normal(0.0004, 0.02, len(days))
        gone = (np.arange(len(days)) < at * 20) | (rng.random(len(days)) < 0.01)
        level = 50 * np.cumprod(1 + move)
        shown = {"change": move, "adj_close": level, "volume": rng.integers(100, 900, len(days)).astype(float)}
        shown |= {"close": np.round(level, 2), "shares": np.where(rng.random(len(days)) < 0.1, np.nan, 900.0 + at)}
        symbol = f"S{at}"
        maker.stock(
            symbol,
            **{
                of: [None if g or np.isnan(v) else float(v) for v, g in zip(x, gone, strict=True)]
                for of, x in shown.items()
            },
        )
        changes.append((symbol, days[5 * at], "in"))
        if at % 2:
            changes.append((symbol, days[len(days) * (5 + at) // 12], "out"))
    maker.member("index", changes)
    maker.member("fund", [(f"S{at}", days[30 + 20 * shot], "held") for shot in (0, 1) for at in range(2 * shot, 5)])
