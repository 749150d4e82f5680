"""Lines on stocks as of real dates, worked out a second time from the files, stock by stock, with plain numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from leadline.data.ledger.store import latest
from leadline.data.panel.build import read
from leadline.data.panel.catalogue import series_book
from leadline.data.panel.panel import Panel
from leadline.judgement.playbook import shipped
from leadline.judgement.playbook.card import Card, read_card
from leadline.judgement.playbook.evidence import Evidence
from leadline.publish.brief import build, render, wanted

RULES = shipped()[0]
FILE = "universe/us_stocks_pit_2021_2026.parquet"
#: the day, and the last session of the month before it, at which the ranks were formed
DAYS = {
    "2024-07-16": "2024-06-28",
    "2024-07-29": "2024-06-28",
    "2025-06-27": "2025-05-30",
    "2026-01-14": "2025-12-31",
}
ON_STOCKS = ("small_above_200", "small_above_50", "small_highs_lows", "small_advances", "small_up_volume")
ON_STOCKS += ("middle_stock", "equal_stocks", "top_ten", "index_breadth")


@cache
def panel_of(home: Path, cut: str) -> Panel:
    there = set(series_book(latest(home))["series"])
    return read(home, date.fromisoformat(cut), series=wanted(RULES) & there)


@cache
def card_of(home: Path, cut: str) -> Card:
    return read_card(panel_of(home, cut), RULES)


def lines(card: Card) -> dict[str, Evidence]:
    return {line.key: line for line in (*card.in_favour, *card.against, *card.silent, *card.missing)}


@dataclass(frozen=True)
class Stock:
    """The rows of one stock up to the day, without those before it was away for over 30 days."""

    days: list[date]
    index: NDArray[np.float64]
    volume: NDArray[np.float64]
    worth: NDArray[np.float64]


def stock(rows: pl.DataFrame) -> Stock:
    days = rows["date"].to_list()
    after = [at for at in range(1, len(days)) if (days[at] - days[at - 1]).days > 30]
    kept = rows[after[-1] if after else 0 :]
    change = kept["pct"].cast(pl.Float64).to_numpy() / 100
    index = np.where(np.isnan(change), np.nan, np.cumprod(1 + np.nan_to_num(change)))
    worth = kept["close"].cast(pl.Float64).to_numpy() * kept["shares_m"].cast(pl.Float64).to_numpy() * 1e6
    return Stock(kept["date"].to_list(), index, kept["volume"].cast(pl.Float64).to_numpy(), worth)


def middle_worth(values: NDArray[np.float64]) -> float:
    """The median of the last five values that there are."""
    there = values[~np.isnan(values)]
    return float(np.median(there[-5:])) if len(there) else float("nan")


def ranked(stocks: Mapping[str, Stock], formed: date) -> list[str]:
    """The symbols by market value at the forming session, the greatest first."""
    worth = {}
    for symbol, one in stocks.items():
        recent = [at for at, day in enumerate(one.days) if formed - timedelta(days=14) <= day <= formed]
        if recent and formed - one.days[recent[-1]] <= timedelta(days=7):
            value = middle_worth(one.worth[recent])
            if not np.isnan(value):
                worth[symbol] = value
    return sorted(worth, key=lambda symbol: (-worth[symbol], symbol))


def mean_true(truths: list[bool]) -> float:
    return sum(truths) / len(truths)


def above(members: list[Stock], n: int) -> float:
    """The share of those with n values that are above their mean."""
    return mean_true(
        [one.index[-1] > one.index[-n:].mean() for one in members if len(one.index) >= n and whole(one, n)]
    )


def whole(one: Stock, n: int) -> bool:
    return not np.isnan(one.index[-n:]).any()


def moves(members: list[Stock], n: int) -> list[float]:
    known = [one for one in members if len(one.index) > n]
    found = [float(one.index[-1] / one.index[-1 - n] - 1) for one in known]
    return [one for one in found if not np.isnan(one)]


def by_hand(market: Path, cut: str, formed: str) -> dict[str, float]:
    day, then = date.fromisoformat(cut), date.fromisoformat(formed)
    rows = pl.scan_parquet(market / FILE).filter(pl.col("date").is_between(day - timedelta(days=460), day)).collect()
    rows = rows.with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "date")
    stocks = {str(key[0]): stock(part) for key, part in rows.partition_by("symbol", as_dict=True).items()}
    order = ranked(stocks, then)
    there = {symbol: one for symbol, one in stocks.items() if one.days[-1] == day}
    small = [there[symbol] for symbol in order[1000:3000] if symbol in there]
    large = [there[symbol] for symbol in order[:500] if symbol in there]
    highs = [
        one.index[-1] >= one.index[-252:].max() - 1e-12 for one in small if len(one.index) >= 252 and whole(one, 252)
    ]
    lows = [
        one.index[-1] <= one.index[-252:].min() + 1e-12 for one in small if len(one.index) >= 252 and whole(one, 252)
    ]
    traded = [one for one in small if len(one.index) > 10]
    rose = [(one.index[-1] > one.index[-11], one.volume[-10:].mean()) for one in traded]
    worths = sorted((middle_worth(one.worth[-5:]) for one in large), reverse=True)
    return {
        "small_above_200": above(small, 200),
        "small_above_50": above(small, 50),
        "small_highs_lows": mean_true(highs) - mean_true(lows),
        "small_up_volume": float(sum(w for up, w in rose if up) / sum(w for _, w in rose)),
        "middle_stock": float(np.median(moves(small, 63)) - np.median(moves(large, 63))),
        "top_ten": sum(worths[:10]) / sum(worths),
        "highs": float(sum(highs)),
        "large_above_200": above(large, 200),
    }


@pytest.mark.parametrize("cut", ["2024-07-16", "2025-06-27"])
def test_lines_on_stocks_worked_out_from_the_file(home: Path, market: Path, cut: str) -> None:
    found, expected = lines(card_of(home, cut)), by_hand(market, cut, DAYS[cut])
    for key in ("small_above_200", "small_above_50", "small_highs_lows", "small_up_volume", "middle_stock", "top_ten"):
        assert found[key].value == pytest.approx(expected[key], abs=1e-7), key  # the file has single precision
    assert found["small_highs_lows"].level == expected["highs"]
    assert found["small_above_200"].level == pytest.approx(expected["large_above_200"], abs=1e-9)


@pytest.mark.parametrize("cut", DAYS)
def test_every_line_on_stocks_speaks_and_says_who_was_a_member(home: Path, cut: str) -> None:
    found = lines(card_of(home, cut))
    for key in ON_STOCKS:
        line = found[key]
        assert line.value is not None, f"{key}: {line.why}"
        if key == "index_breadth":
            assert line.stocks.startswith("Members by start and end dates, the last of "), line.stocks
        else:
            assert line.stocks == f"Members as of {DAYS[cut]}.", key
        assert line.sentence.endswith(line.stocks)
        assert "urvivor" not in line.stocks, "the set since 2021 holds the ended too"
        assert line.since is None or line.since >= date(2021, 1, 29)


def test_a_session_that_the_set_lacks_has_no_numbers(home: Path) -> None:
    """2025-03-28 is not in the file at all; of 2024-01-03 it has 2,163 stocks, where 5,412 are usual."""
    for cut, last in (("2025-03-28", "2025-03-27"), ("2024-01-03", "2024-01-02")):
        found = lines(card_of(home, cut))
        for key in ON_STOCKS:
            assert found[key].value is None
            assert found[key].why.endswith(f"has no prices after {last}"), key
        assert dict(card_of(home, cut).coverage.stale)["small_stocks"] == date.fromisoformat(last)


def test_before_the_set_begins_no_survivors_take_its_place(home: Path) -> None:
    """In 2019 there is a set of survivors only, without market values: nothing is said from it."""
    found = lines(card_of(home, "2019-07-16"))
    assert {found[key].value for key in ON_STOCKS} == {None}
    assert found["small_above_200"].why == "no stocks for small_stocks in the ledger"
    assert found["index_breadth"].why == "no stocks for sp500 in the ledger"


def test_stocks_of_later_days_change_no_byte(home: Path) -> None:
    """The panel of the whole ledger cut at a day has the same brief as one that is cut from a later panel's rows."""
    cut = date(2024, 7, 16)
    panel = panel_of(home, cut.isoformat())
    assert panel.stocks is not None
    assert panel.stocks.select(pl.col("session").max()).collect().item() == cut
    again = read(home, cut, series=wanted(RULES) & set(panel.names))
    assert render(build(again, RULES), charts=False) == render(build(panel, RULES), charts=False)
