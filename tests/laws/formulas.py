"""Random formulas from the grammar, and panels whose future was cut off or tampered with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
from hypothesis import strategies as st

from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import PRICE_FIELDS, Panel
from leadline.formula import Names, Node, call, evaluate, series
from leadline.formula.tree import Binary, Day, Name, Number, Span, Unary

DAYS = st.sampled_from(["1d", "2d", "5d", "2w", "1mo"]).map(lambda text: Span(int(text[0]), text[1:]))
MONTHS = st.sampled_from([Span(1, "mo"), Span(3, "mo"), Span(1, "y")])
NUMBERS = st.one_of(
    st.integers(0, 200).map(lambda n: Number(float(n))),
    st.integers(0, 50).map(lambda n: Number(n / 10, percent=True)),
    st.floats(0, 1e6, allow_nan=False).map(Number),
)
SERIES = st.sampled_from(
    [
        series("IWM"),
        series("SPY"),
        series("XLK", "total"),
        series("IWM", "volume"),
        series("XLF", "high"),
        series("small"),
        series("FRED:DGS10"),
        series("FRED:UNRATE"),
        call("sma", series("FRED:UNRATE"), "3mo"),
        call("highest", call("diff", series("FRED:UNRATE"), "1mo")),
        call("since_high", series("FRED:UNRATE"), "6mo"),
        series("KF:SMALL"),
        call("change", series("KF:BIG"), "3mo"),
    ]
)
DAILY = st.sampled_from([series("IWM"), series("SPY"), series("XLK", "total"), series("small"), series("FRED:DGS10")])
FIELDS = st.sampled_from([Name("close"), Name("total"), Name("volume")])
STOCK_FIELDS = st.sampled_from(
    [Name("total"), call("change", Name("total"), "5d"), Name("market_value"), call("ago", Name("traded"), "2d")]
)
STOCK_GROUPS = st.sampled_from(["index", "fund", "ranked"])
PIVOT = {"pivot": Span(3, "d")}


def _numeric(leaf: st.SearchStrategy[Node], inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    del leaf
    moved = st.sampled_from(["change", "diff", "sma", "ema", "stdev", "zscore", "highest", "lowest", "drawdown", "ago"])
    plain = st.sampled_from(["abs", "log", "highest", "drawdown", "percentile", "nth", "since_high"])
    past = st.sampled_from(["percentile", "since_high", "advance", "rsi"])
    to_date = st.sampled_from(["ytd", "mtd", "qtd"])
    return st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.builds(lambda x: Unary("-", x), inner),
        st.builds(call, moved, inner, DAYS),
        st.builds(call, past, inner, DAYS),
        st.builds(call, plain, inner),
        st.builds(lambda x, word: call("change", x, word), inner, to_date),
        st.builds(lambda x, at: call("change", x, named={"from": date(2020, 1, 1 + at)}), inner, st.integers(0, 30)),
        st.builds(lambda f, a, b: call(f, a, b, "10d"), st.sampled_from(["beta", "corr"]), inner, inner),
        st.builds(lambda f, x: call(f, x, named=dict(PIVOT)), st.sampled_from(["level", "breakout_state"]), inner),
        st.builds(
            lambda x, part: call("resistance", x, named={**PIVOT, "part": part}), inner, st.sampled_from(["low"])
        ),
        st.builds(lambda x, n: call("change", call("weekly", x), Span(n, "w")), DAILY, st.integers(1, 3)),
        st.builds(lambda x: call("change", call("monthly", x), "1mo"), DAILY),
        st.builds(lambda x: call("calendar_change", x, "month"), DAILY),
    )


def _members() -> st.SearchStrategy[Node]:
    group = st.sampled_from(["mean", "median", "best", "worst", "dispersion"])
    each = st.one_of(FIELDS, st.builds(lambda x, n: call("change", x, n), FIELDS, DAYS))
    return st.one_of(
        st.builds(lambda f, x: call(f, Name("sectors"), x), group, each),
        st.builds(lambda f, g, x: call(f, Name(g), x), group, STOCK_GROUPS, STOCK_FIELDS),
        st.builds(lambda g, x, by: call("weighted_mean", Name(g), x, by), STOCK_GROUPS, STOCK_FIELDS, STOCK_FIELDS),
        st.builds(lambda g, x: call("weighted_share", Name(g), x > 40, Name("volume")), STOCK_GROUPS, STOCK_FIELDS),
        st.builds(lambda g, x: call("top_share", Name(g), x, 2), STOCK_GROUPS, STOCK_FIELDS),
        st.builds(lambda g, x: call("how_many", Name(g), x > 40), STOCK_GROUPS, STOCK_FIELDS),
        st.builds(lambda g, x: call("advancing", Name(g), call("change", x, "1d")), STOCK_GROUPS, STOCK_FIELDS),
        st.builds(lambda g: call("zweig", Name(g), Name("total")), STOCK_GROUPS),
        st.builds(lambda x: call("rank", series("IWM"), Name("sectors"), x), each),
        st.builds(lambda x: call("share", Name("index"), x > 0), STOCK_FIELDS),
    )


def _conditions(number: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    compared = st.builds(Binary, st.sampled_from([">", ">=", "<", "<=", "=="]), number, st.one_of(number, NUMBERS))
    events = st.sampled_from(["breakout", "retest", "confirmed", "failed"])
    base: st.SearchStrategy[Node] = st.one_of(
        compared,
        st.builds(call, st.sampled_from(["crosses_above", "crosses_below"]), number, number),
        st.builds(lambda f, x: call(f, x, named=dict(PIVOT)), events, number),
        st.builds(lambda x: call("leads", series("IWM"), Name("sectors"), x), FIELDS),
        st.sampled_from([call("meeting", Name("FOMC")), call("first_cut"), call("inverted", series("FRED:T10Y2Y"))]),
        st.builds(lambda c, n: call("last", c) > Day(date(2020, 1, 1 + n)), compared, st.integers(0, 30)),
    )
    return st.recursive(
        base,
        lambda inner: st.one_of(
            st.builds(lambda c: Unary("not", c), inner),
            st.builds(Binary, st.sampled_from(["and", "or"]), inner, inner),
            st.builds(call, st.sampled_from(["any", "all"]), inner, DAYS),
            st.builds(lambda c, n: call("first", c, named={"gap": n}), inner, DAYS),
        ),
        max_leaves=3,
    )


LEAF: st.SearchStrategy[Node] = st.one_of(SERIES, DAILY, DAILY, _members())
NUMERIC: st.SearchStrategy[Node] = st.recursive(LEAF, lambda inner: _numeric(LEAF, inner), max_leaves=4)
CONDITIONS = _conditions(NUMERIC)
FORMULAS: st.SearchStrategy[Node] = st.one_of(
    NUMERIC,
    CONDITIONS,
    st.builds(call, st.sampled_from(["streak", "sessions_since", "last", "time_before"]), CONDITIONS),
    st.builds(lambda c, n: call("count", c, n), CONDITIONS, DAYS),
    st.builds(call, st.sampled_from(["largest_since", "resistance_from"]), NUMERIC),
)


def column(formula: Node | str, panel: Panel, names: Names, *, upto: date | None = None) -> list[object] | None:
    """The values up to a session; [] when the panel is too short for any, None when it does not know a name yet."""
    try:
        found = evaluate(formula, panel, names)
    except DataError:
        return []
    except RequestError:
        return None
    frame = found.frame if upto is None else found.frame.filter(pl.col("session") <= upto)
    return frame["value"].to_list()


def tampered(panel: Panel, after: date, seed: int) -> Panel:
    """The same panel with every value after a session changed, or gone; calendars and dates stay."""
    future = pl.col("session") > after
    wrong = pl.col("session").dt.ordinal_day().cast(pl.Float64) * (seed % 7 + 0.5)
    gone = pl.col("session").dt.day() % 5 == seed % 5
    changed = {
        of: pl.when(future & gone).then(None).when(future).then(wrong).otherwise(pl.col(of)) for of in PRICE_FIELDS
    }
    stocks = panel.stocks
    if stocks is not None:
        stocks = stocks.with_columns(
            pl.when(future).then(wrong).otherwise(pl.col(of)).alias(of)
            for of in ("close", "change", "adj_close", "volume", "shares")
        )
    return replace(
        panel,
        bars=panel.bars.with_columns(**changed),
        observations=panel.observations.with_columns(value=pl.when(future).then(wrong).otherwise(pl.col("value"))),
        members=panel.members.with_columns(
            change=pl.when(future & (pl.col("change") != "held")).then(pl.lit("out")).otherwise(pl.col("change"))
        ),
        stocks=stocks,
    )


def scaled(panel: Panel, by: float) -> Panel:
    """The same panel with all prices (not volumes) times a number."""
    prices = [of for of in PRICE_FIELDS if of != "volume"]
    return replace(panel, bars=panel.bars.with_columns(pl.col(*prices) * by))
