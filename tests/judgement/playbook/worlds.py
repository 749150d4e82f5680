"""Small made-up panels for playbooks: daily prices and macro values by hand, months, and a random world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from leadline.core.seeds import generator
from leadline.data.panel.panel import PRICE_FIELDS, Panel, SeriesFact

Column = Sequence[float | None]
Macro = tuple[str, Sequence[tuple[date, date, float]], str]


def weekdays(count: int, last: date = date(2024, 7, 16)) -> list[date]:
    """So many weekdays that end with `last`."""
    days, day = [], last
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def panel(
    prices: Mapping[str, Mapping[str, Column]], macro: Mapping[str, Macro] | None = None, *, monthly: bool = False
) -> Panel:
    """Series by name, each with its fields, the last value at the cut.

    macro: frequency, (described, known, value), known by.
    """
    count = max(len(column) for fields in prices.values() for column in fields.values())
    sessions = weekdays(count * 22 if monthly else count)
    months = _months(sessions)
    axis = months["label"].to_list()[-count:] if monthly else sessions
    months = months.filter(pl.col("label").is_in(axis)) if monthly else months
    bars = pl.concat([_bars(name, fields, axis) for name, fields in prices.items()])
    facts = {
        str(name[0]): SeriesFact(
            str(name[0]), str(name[0]), "bars", "month" if monthly else "session", "price", "files", "test",
            tuple(of for of in PRICE_FIELDS if rows[of].null_count() < len(rows)),
            rows["session"][0], rows["session"][-1], len(rows),
        )
        for name, rows in bars.partition_by("series", as_dict=True).items()
    }  # fmt: skip
    seen = pl.concat([_no_macro(), *(_macro(name, *what) for name, what in (macro or {}).items())])
    for name, (frequency, rows, _) in (macro or {}).items():
        facts[name] = SeriesFact(
            name, name, "macro", frequency, "rate", "files", "test", ("value",), rows[0][1], rows[-1][1], len(rows)
        )
    last = months["session"][-1] if monthly else sessions[-1]
    return Panel(
        cut=last,
        instant=datetime(last.year, last.month, last.day, 20, tzinfo=UTC),
        version=3,
        sessions=pl.Series("session", [day for day in sessions if day <= last], dtype=pl.Date),
        months=months,
        series=dict(sorted(facts.items())),
        bars=bars.sort("series", "session"),
        observations=seen.sort("series", "known_at", "describes"),
        events=pl.DataFrame(schema={"calendar": pl.String, "session": pl.Date, "describes": pl.Date}),
        members=pl.DataFrame(schema={"group": pl.String, "symbol": pl.String, "session": pl.Date}),
    )


def _months(sessions: list[date]) -> pl.DataFrame:
    """The months that are over: all but the last one, unless its last weekday is the last session."""
    frame = pl.DataFrame({"session": sessions})
    ends = frame.group_by(label=pl.col("session").dt.month_end(), maintain_order=True).agg(pl.col("session").max())
    after = sessions[-1] + timedelta(days=3 if sessions[-1].weekday() == 4 else 1)
    return ends if after.month != sessions[-1].month else ends.head(-1)


def _bars(name: str, fields: Mapping[str, Column], axis: list[date]) -> pl.DataFrame:
    padded = {of: [None] * (len(axis) - len(column)) + list(column) for of, column in fields.items()}
    columns = {of: pl.Series(of, padded.get(of, [None] * len(axis)), dtype=pl.Float64) for of in PRICE_FIELDS}
    rows = pl.DataFrame({"series": [name] * len(axis), "session": axis, **columns})
    return rows.filter(~pl.all_horizontal(pl.col(*PRICE_FIELDS).is_null()))


def _macro(name: str, _frequency: str, rows: Sequence[tuple[date, date, float]], known_by: str) -> pl.DataFrame:
    known = [datetime(one[1].year, one[1].month, one[1].day, 13, tzinfo=UTC) for one in rows]
    return pl.DataFrame(
        {
            "series": [name] * len(rows),
            "describes": [one[0] for one in rows],
            "known_at": known,
            "session": [one[1] for one in rows],
            "value": [one[2] for one in rows],
            "known_by": [known_by] * len(rows),
        },
        schema=_no_macro().schema,
    )


def _no_macro() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "series": pl.String,
            "describes": pl.Date,
            "known_at": pl.Datetime("us", "UTC"),
            "session": pl.Date,
            "value": pl.Float64,
            "known_by": pl.String,
        }
    )


def walk(stream: str, count: int, spread: float = 0.01) -> list[float]:
    """A random walk of prices around 100."""
    steps = generator(f"playbook worlds {stream}").normal(0.0003, spread, count)
    found: list[float] = (100 * np.exp(np.cumsum(steps))).tolist()
    return found


ROLES = ("IWC", "IWM", "MDY", "SPY", "MAGS", "RSP", "QQQ")
SECTORS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
DAILY = ("BAA10Y", "BAMLH0A0HYM2", "DFEDTARU", "DGS2", "DGS10", "T10Y2Y")
MONTHLY = ("UNRATE", "PERMIT", "HOUST", "CPILFESL")


def market(count: int = 2_200, without: Sequence[str] = ()) -> Panel:
    """Every series of the shipped daily playbook at random; XLC begins late, MAGS very late."""
    names = [name for name in (*ROLES, *SECTORS) if name not in without]
    prices: dict[str, dict[str, Column]] = {}
    for name in names:
        close: list[float | None] = list(walk(name, count))
        late = {"XLC": count // 2, "MAGS": count - 400}.get(name, 0)
        close[:late] = [None] * late
        volume = generator(f"volume {name}").integers(1_000, 9_000, count).astype(float).tolist()
        prices[name] = {"close": close, "total": close, "volume": [None] * late + volume[late:]}
    days = weekdays(count)
    macro: dict[str, Macro] = {}
    for name in DAILY:
        values = 3 + np.cumsum(generator(f"macro {name}").normal(0, 0.03, count))
        macro[f"FRED:{name}"] = (
            "day", [(day, day, float(v)) for day, v in zip(days, values, strict=True)], "lag"
        )  # fmt: skip
    weeks = days[3::5]
    macro["FRED:ICSA"] = (
        "week",
        [(d - timedelta(days=5), d, 200_000.0 + 500 * (k % 40)) for k, d in enumerate(weeks)],
        "lag",
    )
    firsts = [date(2010 + k // 12, k % 12 + 1, 1) for k in range(180)]
    for name in MONTHLY:
        rows = []
        for k, first in enumerate(firsts):
            known = next((day for day in days if day >= first + timedelta(days=38)), None)
            if known is not None and first >= days[0] - timedelta(days=60):
                rows.append((first, known, 4 + 0.1 * (k % 7) if name == "UNRATE" else 100.0 + k))
        macro[f"FRED:{name}"] = ("month", rows, "vintage")
    return panel(prices, {name: what for name, what in macro.items() if name not in without})


Row = tuple[str, date, float, float | None, float, float]


def with_stocks(world: Panel, sets: Mapping[str, Sequence[Row]]) -> Panel:
    """The panel with sets of stocks by name; rows are symbol, session, close as traded, change, volume, shares."""
    schema = {"symbol": pl.String, "session": pl.Date} | dict.fromkeys(
        ("close", "change", "volume", "shares"), pl.Float64
    )
    frames = [
        pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(
            dataset=pl.lit(name), adj_close=pl.lit(None, dtype=pl.Float64)
        )
        for name, rows in sets.items()
    ]
    columns = ["dataset", "symbol", "session", "close", "change", "adj_close", "volume", "shares"]
    return replace(world, stocks=pl.concat(frames).select(columns).lazy())
