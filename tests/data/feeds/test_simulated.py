"""The simulated market: what every row must keep, and its planted truth found again in the emitted bars alone."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from leadline.core.errors import RequestError
from leadline.data.feeds.contract import Failure, Feed, Part
from leadline.data.feeds.simulated import Simulated
from leadline.data.feeds.simulation.plants import Truth

from .conformance import FeedConformance

Floats = NDArray[np.float64]
SECTORS = (
    "SIM_XLB", "SIM_XLC", "SIM_XLE", "SIM_XLF", "SIM_XLI", "SIM_XLK", "SIM_XLP", "SIM_XLRE", "SIM_XLU", "SIM_XLV",
    "SIM_XLY",
)  # fmt: skip
SIZES = ("SIM_MICRO", "SIM_SMALL", "SIM_MID", "SIM_LARGE", "SIM_MEGA")
SHORT = Simulated(first=date(2015, 1, 2), last=date(2018, 12, 31), stocks=30)


def fetched(feed: Simulated, part: str) -> Part:
    answer = feed.fetch(part, None)
    assert isinstance(answer, Part)
    return answer


@lru_cache(maxsize=1)
def bars() -> pl.DataFrame:
    return fetched(Simulated(), "prices").facts["bars"]


@lru_cache(maxsize=1)
def actions() -> pl.DataFrame:
    return fetched(Simulated(), "prices").facts["actions"]


@lru_cache(maxsize=1)
def stocks() -> pl.DataFrame:
    feed = Simulated()
    return pl.concat([feed.stock_year(year) for year in range(2004, 2024)])


@lru_cache(maxsize=1)
def truth() -> Truth:
    return Simulated().truth()


@lru_cache(maxsize=1)
def days() -> list[date]:
    found: list[date] = column("SIM_SMALL", "describes").to_list()
    return found


def column(series: str, name: str) -> pl.Series:
    return bars().filter(pl.col("series") == series)[name]


def close(series: str) -> Floats:
    return column(series, "close").to_numpy()


def at(day: date) -> int:
    return days().index(day)


def ratio() -> Floats:
    return close("SIM_SMALL") / close("SIM_LARGE")


def planted() -> NDArray[np.bool_]:
    """True on the sessions whose return is inside a planted window."""
    inside = np.zeros(len(days()), dtype=bool)
    for first, last in truth().windows:
        inside[at(first) : at(last) + 1] = True
    return inside


class TestSimulatedConforms(FeedConformance):
    def make_feed(self) -> Feed:
        return SHORT


class TestWithoutStocksConforms(FeedConformance):
    def make_feed(self) -> Feed:
        return Simulated(first=date(1998, 3, 2), last=date(2001, 1, 1), stocks=0)


# ---- prices


def test_the_followed_series_are_these() -> None:
    part = fetched(Simulated(), "prices")
    names = {*SIZES, *SECTORS, "SIM_RSP"}
    assert set(part.facts["bars"]["series"].unique()) == names
    assert {info.name for info in part.series} == names
    assert {(info.frequency, info.unit, info.standing) for info in part.series} == {("session", "price", "simulated")}


def test_everything_is_named_simulated() -> None:
    for part in SHORT.plan():
        answer = fetched(SHORT, part)
        assert answer.said.startswith("SIMULATED")
        assert all(info.title.startswith("SIMULATED") for info in answer.series)
        assert all(info.standing == "simulated" for info in answer.series)


def test_sessions_are_those_of_the_exchange() -> None:
    assert len(days()) == 5033  # counted in the exchange's own list of sessions
    assert (days()[0], days()[-1]) == (date(2004, 1, 2), date(2023, 12, 29))
    assert date(2012, 10, 29) not in days()  # the hurricane
    assert bars().group_by("series").len()["len"].to_list() == [5033] * 17


def test_bars_are_known_at_their_close() -> None:
    known = dict(zip(days(), column("SIM_MID", "known_at"), strict=True))
    assert known[date(2023, 7, 3)] == datetime(2023, 7, 3, 17, tzinfo=UTC)  # a half day
    assert known[date(2023, 12, 29)] == datetime(2023, 12, 29, 21, tzinfo=UTC)


def test_prices_of_a_session_agree_with_each_other() -> None:
    frame = bars()
    assert frame.filter(pl.col("low") > pl.min_horizontal("open", "close")).height == 0
    assert frame.filter(pl.col("high") < pl.max_horizontal("open", "close")).height == 0
    assert frame["low"].min() > 1
    assert frame["volume"].min() > 0
    assert (frame["volume"] % 1 == 0).all()
    assert frame["change"].null_count() == frame.height
    assert (frame["adjusted_to"] == date(2023, 12, 29)).all()


def test_prices_are_in_cents() -> None:
    for name in ("open", "high", "low", "close"):
        cents = bars()[name].to_numpy() * 100
        assert np.abs(cents - np.rint(cents)).max() < 1e-6


def test_no_day_is_a_bad_tick() -> None:
    for series in bars()["series"].unique():
        assert np.abs(np.diff(np.log(close(series)))).max() < 0.25


# ---- dividends and the split


def test_every_series_pays_a_dividend_each_quarter_and_one_splits() -> None:
    frame = actions()
    paid = frame.filter(kind="dividend", series="SIM_SMALL")["describes"].to_list()
    assert len(paid) == 80
    assert paid[:4] == [date(2004, 3, 15), date(2004, 6, 15), date(2004, 9, 15), date(2004, 12, 15)]
    assert date(2008, 6, 16) in paid  # the 15th was a Sunday
    splits = frame.filter(kind="split")
    assert splits["series"].to_list() == ["SIM_SMALL"]
    assert splits["value"].to_list() == [2.0]
    assert days()[0] < splits["describes"][0] < days()[-1]
    assert frame["describes"].is_in(days()).all()


@pytest.mark.parametrize("series", ["SIM_SMALL", "SIM_XLU"])
def test_the_adjusted_close_is_the_close_with_dividends_put_back(series: str) -> None:
    paid = dict(actions().filter(kind="dividend", series=series).select("describes", "value").iter_rows())
    prices, adjusted = close(series).tolist(), column(series, "adj_close").to_list()
    assert adjusted[-1] == prices[-1]
    for now in range(1, len(prices)):
        before = prices[now - 1] - paid.get(days()[now], 0.0)
        assert adjusted[now] / adjusted[now - 1] == pytest.approx(prices[now] / before, rel=1e-12)


def test_a_dividend_is_about_a_third_of_a_percent_and_leaves_the_price() -> None:
    drops = []
    for series in (*SIZES, *SECTORS, "SIM_RSP"):
        prices = close(series)
        for day, value in actions().filter(kind="dividend", series=series).select("describes", "value").iter_rows():
            assert value == pytest.approx(0.0035 * prices[at(day) - 1], abs=6e-5)
            drops.append(prices[at(day)] / prices[at(day) - 1] - 1)
    error = 0.0116 / 80**0.5  # one market: the ex-dates of all series fall together
    assert np.mean(drops) == pytest.approx(-0.0035, abs=3 * error)


# ---- the planted truth


def test_there_is_enough_planted() -> None:
    assert sum(found.holds for found in truth().breakouts) >= 2
    assert sum(not found.holds for found in truth().breakouts) >= 1
    assert len(truth().thrusts) == len(truth().slides) == 12
    assert len(truth().rotations) == len(truth().retreats) == 6


def test_windows_are_apart_and_hold_every_plant() -> None:
    windows = [(at(first), at(last)) for first, last in truth().windows]
    assert all(first <= last for first, last in windows)
    assert all(before[1] < after[0] for before, after in pairwise(windows))
    inside = planted()
    moves = (*truth().thrusts, *truth().slides, *truth().rotations, *truth().retreats)
    for move in moves:
        assert inside[at(move.base) + 1 : at(move.session) + 1].all()
        assert not inside[at(move.session) + 1]
    assert len(windows) == len(moves) + len(truth().breakouts)


def test_breakouts_close_over_the_high_of_the_year() -> None:
    prices, highs = close("SIM_SMALL"), column("SIM_SMALL", "high").to_numpy()
    for found in truth().breakouts:
        now, peak = at(found.session), at(found.peak)
        assert highs[now - 252 : now].max() == found.level
        assert prices[now - 252 : now].max() == found.level
        assert prices[peak] == highs[peak] == found.level
        assert np.argmax(highs[now - 252 : now]) == peak - (now - 252)
        assert prices[now] > 1.01 * found.level
        # the significant high is hardly above the highs before it, so that it is no such breakout itself
        assert highs[peak - 252 : peak].max() < found.level < 1.01 * highs[peak - 252 : peak].max()


def test_breakouts_that_hold_come_back_to_the_level_and_go_on() -> None:
    prices = close("SIM_SMALL")
    for found in (found for found in truth().breakouts if found.holds):
        now, end = at(found.session), at(found.until)
        near = [later for later in range(1, 31) if prices[now + later] <= 1.01 * found.level]
        assert 3 <= near[0] <= 10
        assert days()[now + near[0]] == found.retest
        assert prices[now : end + 1].min() >= found.level
        assert prices[end] > 1.1 * found.level
        assert end - now == 30


def test_breakouts_that_fail_close_back_under_the_level_and_stay_there() -> None:
    prices = close("SIM_SMALL")
    for found in (found for found in truth().breakouts if not found.holds):
        now, end = at(found.session), at(found.until)
        under = next(later for later in range(1, 11) if prices[now + later] < found.level)
        assert days()[now + under] == found.retest
        assert prices[now + under : end + 1].max() < found.level
        assert prices[end] < 0.95 * found.level
        assert end - now == 60


def test_thrusts_are_all_the_six_session_gains_over_eight_percent() -> None:
    gain = ratio()[6:] / ratio()[:-6] - 1
    for found in truth().thrusts:
        assert at(found.session) - at(found.base) == 6
        assert gain[at(found.session) - 6] > 0.08
    near = {session + step for session in (at(found.session) for found in truth().thrusts) for step in range(-2, 3)}
    assert set((np.flatnonzero(gain > 0.08) + 6).tolist()) <= near


def test_slides_are_falls_over_seven_percent() -> None:
    for found in truth().slides:
        assert at(found.session) - at(found.base) == 6
        assert ratio()[at(found.session)] / ratio()[at(found.base)] - 1 < -0.07


def test_rotations_beat_every_sector_over_the_quarter() -> None:
    for found in truth().rotations:
        now, base = at(found.session), at(found.base)
        assert now - base == 63
        after = days()[now + 1]
        assert found.session.month in {3, 6, 9, 12}
        assert after.month != found.session.month
        small = close("SIM_SMALL")[now] / close("SIM_SMALL")[base]
        assert all(small > 1.01 * close(sector)[now] / close(sector)[base] for sector in SECTORS)


def test_retreats_trail_every_sector() -> None:
    for found in truth().retreats:
        now, base = at(found.session), at(found.base)
        assert now - base == 63
        small = close("SIM_SMALL")[now] / close("SIM_SMALL")[base]
        assert all(small < 0.99 * close(sector)[now] / close(sector)[base] for sector in SECTORS)


def test_nothing_is_planted_on_the_ratio_for_a_quarter_after_a_thrust_or_a_rotation() -> None:
    starts = [at(move.base) + 1 for move in (*truth().thrusts, *truth().slides, *truth().rotations, *truth().retreats)]
    for found in (*truth().thrusts, *truth().rotations):
        now = at(found.session)
        assert not [start for start in starts if now < start <= now + 63]


def noise() -> Floats:
    """Daily log ratio returns that are not planted."""
    steps = np.diff(np.log(ratio()))
    kept: Floats = steps[~planted()[1:]]
    return kept


def test_outside_the_windows_the_ratio_has_no_drift_and_the_stated_spread() -> None:
    steps = noise()
    assert len(steps) > 3000
    assert abs(steps.mean()) < 2.5 * 0.006 / len(steps) ** 0.5
    assert steps.std() == pytest.approx(truth().ratio_sd, rel=0.04)


def test_outside_the_windows_the_ratio_has_no_memory() -> None:
    steps = noise() - noise().mean()
    for lag in range(1, 11):
        for series in (steps, steps**2 - (steps**2).mean()):
            correlation = (series[lag:] * series[:-lag]).sum() / (series**2).sum()
            assert abs(correlation) < 3.5 / len(steps) ** 0.5, lag


def test_outside_the_windows_the_ratio_is_normal() -> None:
    scaled = (noise() - noise().mean()) / noise().std()
    error = (24 / len(scaled)) ** 0.5
    assert abs((scaled**3).mean()) < 3 * (6 / len(scaled)) ** 0.5
    assert abs((scaled**4).mean() - 3) < 3 * error


def test_breakouts_leave_the_ratio_noise() -> None:
    steps = np.diff(np.log(ratio()))
    for found in truth().breakouts:
        window = steps[at(found.peak) : at(found.until)]
        assert abs(window.mean()) < 3 * 0.006 / len(window) ** 0.5
        assert 0.7 * 0.006 < window.std() < 1.3 * 0.006


def test_a_market_too_short_for_plants_has_none() -> None:
    feed = Simulated(first=date(2004, 1, 2), last=date(2005, 12, 30), stocks=0)
    found = feed.truth()
    assert (found.breakouts, found.thrusts, found.rotations, found.windows) == ((), (), (), ())
    assert (found.split_stock, found.delisted_stock) == (None, None)


@pytest.mark.parametrize("seed_name", ["one", "two", "three", "four", "five"])
def test_the_plants_are_there_for_any_seed(seed_name: str) -> None:
    feed = Simulated(seed_name=seed_name, last=date(2012, 12, 31), stocks=0)
    rows = fetched(feed, "prices").facts["bars"]
    small, large = (rows.filter(series=name) for name in ("SIM_SMALL", "SIM_LARGE"))
    prices, labels = small["close"].to_numpy(), small["describes"].to_list()
    against = prices / large["close"].to_numpy()
    assert any(not found.holds for found in feed.truth().breakouts)
    for found in feed.truth().breakouts:
        now = labels.index(found.session)
        assert small["high"].to_numpy()[now - 252 : now].max() == found.level
        assert prices[now] > 1.01 * found.level
        assert (prices[now : labels.index(found.until) + 1].min() >= found.level) == found.holds
    for thrust in feed.truth().thrusts:
        assert against[labels.index(thrust.session)] / against[labels.index(thrust.base)] > 1.08
    for rotation in feed.truth().rotations:
        now, base = labels.index(rotation.session), labels.index(rotation.base)
        sectors = [rows.filter(series=name)["close"] for name in SECTORS]
        assert prices[now] / prices[base] > max(sector[now] / sector[base] for sector in sectors)


# ---- macro and meetings


def test_the_curve_is_daily_and_known_in_the_evening() -> None:
    frame = fetched(Simulated(), "macro").facts["observations"].filter(series="SIM:CURVE")
    assert frame["describes"].to_list()[:-1] == days()[:-1]
    row = frame.row(by_predicate=pl.col("describes") == date(2010, 7, 6), named=True)
    assert row["known_at"] == datetime(2010, 7, 6, 22, tzinfo=UTC)
    assert set(frame["known_by"]) == {"vintage"}
    assert frame["value"].min() < 0 < frame["value"].max()  # it inverts
    assert frame["value"].is_between(-4, 6).all()


def test_claims_are_released_and_revised() -> None:
    frame = fetched(Simulated(), "macro").facts["observations"].filter(series="SIM:CLAIMS")
    assert {day.weekday() for day in frame["describes"]} == {5}
    week = frame.filter(pl.col("describes") == date(2010, 7, 3))
    assert week["known_at"].to_list() == [
        datetime(2010, 7, 8, 12, 30, tzinfo=UTC),
        datetime(2010, 7, 15, 12, 30, tzinfo=UTC),
    ]
    pairs = frame.group_by("describes").agg("value").filter(pl.col("value").list.len() == 2)
    revised = sum(first != final for first, final in pairs["value"])
    assert revised > 0.6 * pairs.height
    assert (frame["value"] % 1000 == 0).all()
    assert frame["value"].is_between(100_000, 1_000_000).all()


def test_no_macro_value_is_known_after_the_last_day() -> None:
    frame = fetched(Simulated(), "macro").facts["observations"]
    assert frame["known_at"].max() <= datetime(2023, 12, 30, 5, tzinfo=UTC)
    last = frame.filter(pl.col("describes") == date(2023, 12, 23))
    assert last["known_at"].to_list() == [datetime(2023, 12, 28, 13, 30, tzinfo=UTC)]  # its revision is not out yet


def test_meetings_are_eight_a_year_and_announced_the_year_before() -> None:
    frame = fetched(Simulated(), "calendar").facts["events"]
    assert set(frame["calendar"]) == {"SIMFOMC"}
    assert frame.height == 160
    assert frame["describes"][0] == date(2004, 1, 21)
    assert {day.weekday() for day in frame["describes"]} == {2}
    assert frame["known_at"][0] == datetime(2003, 1, 2, 21, 30, tzinfo=UTC)
    assert (frame["known_at"].dt.date() < frame["describes"]).all()


# ---- stocks


def test_stocks_are_as_many_as_asked_for() -> None:
    assert stocks()["symbol"].n_unique() == 400
    assert stocks()["symbol"].min() == "SIM0001"
    assert stocks()["symbol"].max() == "SIM0400"
    assert set(stocks()["dataset"]) == {"simulated"}
    assert stocks().select(pl.struct("symbol", "describes").is_duplicated().any()).item() is False
    assert stocks()["describes"].unique().is_in(days()).all()


def test_stocks_are_known_at_the_close() -> None:
    half = stocks().filter(pl.col("describes") == date(2023, 7, 3))
    assert set(half["known_at"]) == {datetime(2023, 7, 3, 17, tzinfo=UTC)}


def test_each_stock_trades_without_a_gap_from_its_listing_to_its_end() -> None:
    spans = (
        stocks()
        .group_by("symbol")
        .agg(pl.col("describes").min().alias("first"), pl.col("describes").max().alias("last"), pl.len())
    )
    for first, last, rows in spans.select("first", "last", "len").iter_rows():
        assert rows == at(last) - at(first) + 1
    assert spans.filter(pl.col("last") < days()[-1]).height > 100
    assert spans.filter(pl.col("first") > days()[0]).height > 30


def test_a_delisted_stock_stops_for_good() -> None:
    assert truth().delisted_stock is not None
    symbol, last = truth().delisted_stock
    rows = stocks().filter(symbol=symbol)
    assert rows["describes"].max() == last < days()[-1]
    assert Simulated().stock_year(last.year + 1).filter(symbol=symbol).height == 0


def test_the_change_is_that_of_the_closes_except_over_the_split() -> None:
    assert truth().split_stock is not None
    symbol, ex_date, new_for_one = truth().split_stock
    frame = stocks().with_columns(before=pl.col("close").shift(1).over("symbol", order_by="describes"))
    first = frame.filter(pl.col("before").is_null())
    assert first["change"].null_count() == first.height == 400
    split = (pl.col("symbol") == symbol) & (pl.col("describes") == ex_date)
    plain = frame.filter(pl.col("before").is_not_null(), ~split)
    assert (plain["change"] - (plain["close"] / plain["before"] - 1)).abs().max() < 1e-12
    row = frame.row(by_predicate=split, named=True)
    assert (symbol, new_for_one) == ("SIM0001", 3)
    assert row["change"] == pytest.approx(row["close"] * 3 / row["before"] - 1)
    assert abs(row["change"]) < 0.15
    assert 0.28 < row["close"] / row["before"] < 0.39


def test_shares_change_with_the_split_only() -> None:
    assert truth().split_stock is not None
    symbol, ex_date, _ = truth().split_stock
    counts = stocks().group_by("symbol").agg(pl.col("shares").n_unique())
    assert counts.filter(pl.col("shares") > 1)["symbol"].to_list() == [symbol]
    rows = stocks().filter(symbol=symbol)
    before = rows.filter(pl.col("describes") < ex_date)["shares"].unique().item()
    assert rows.filter(pl.col("describes") >= ex_date)["shares"].unique().item() == 3 * before


def test_stock_prices_are_as_quoted() -> None:
    dear = stocks().filter(pl.col("close") >= 1)["close"].to_numpy() * 100
    cheap = stocks().filter(pl.col("close") < 1)["close"].to_numpy() * 10_000
    for quoted in (dear, cheap):
        assert np.abs(quoted - np.rint(quoted)).max(initial=0.0) < 1e-5
    assert stocks()["close"].min() > 0
    assert stocks()["volume"].min() >= 0
    assert stocks()["adj_close"].null_count() == stocks().height


def test_small_stocks_move_with_the_size_factor() -> None:
    group = fetched(Simulated(), "members").facts["members"].filter(describes=days()[0])["symbol"]
    mean = stocks().filter(pl.col("symbol").is_in(group.implode())).group_by("describes").agg(pl.col("change").mean())
    joined = mean.sort("describes")["change"].to_numpy()[1:]
    assert np.corrcoef(joined, np.diff(np.log(close("SIM_SMALL"))))[0, 1] > 0.9


def test_a_year_without_sessions_has_no_stocks_and_one_outside_is_refused() -> None:
    feed = Simulated(first=date(1998, 3, 2), last=date(2001, 1, 1), stocks=5)
    assert fetched(feed, "stocks/2001").facts["stocks"].height == 0
    with pytest.raises(RequestError, match=r"year of stocks: found 2002; expected 1998 to 2001"):
        feed.stock_year(2002)


def test_years_can_be_fetched_in_any_order() -> None:
    late = SHORT.stock_year(2018)
    SHORT.stock_year(2015)
    assert SHORT.stock_year(2018).equals(late)


# ---- members and listings


def test_membership_follows_from_the_rows_in_and_out() -> None:
    frame = fetched(Simulated(), "members").facts["members"]
    assert set(frame["group"]) == {"sim_small"}
    assert set(frame["change"]) == {"in", "out"}
    last_seen = dict(stocks().group_by("symbol").agg(pl.col("describes").max()).iter_rows())
    inside: set[str] = set()
    for symbol, day, change in frame.select("symbol", "describes", "change").iter_rows():
        assert (symbol in inside) == (change == "out")
        inside ^= {symbol}
        if change == "in":
            assert last_seen[symbol] >= day
    assert all(last_seen[symbol] == days()[-1] for symbol in inside)


def test_the_group_is_the_middle_of_the_market_by_value_before_the_year() -> None:
    frame = fetched(Simulated(), "members").facts["members"]
    first, before = date(2010, 1, 4), date(2009, 12, 31)
    state = frame.filter(pl.col("describes") <= first).group_by("symbol").agg(pl.col("change").last())
    members = set(state.filter(change="in")["symbol"])
    trades = set(stocks().filter(describes=first)["symbol"])
    worth = stocks().filter(describes=before).select("symbol", worth=pl.col("close") * pl.col("shares"))
    ranked = [name for name in worth.sort("worth", descending=True)["symbol"] if name in trades]
    middle = ranked[int(0.2 * len(ranked)) : int(0.8 * len(ranked))]
    assert len(set(middle) ^ members) <= 4  # cents, and who was listed on that very day


def test_listings_tell_the_sector_and_not_the_end() -> None:
    frame = fetched(Simulated(), "members").facts["listings"]
    assert frame.height == 400
    assert set(frame["sector"]) == set(SECTORS)
    assert frame["last_seen"].null_count() == 400
    assert all(name.startswith("SIMULATED") for name in frame["name"])
    first_seen = dict(stocks().group_by("symbol").agg(pl.col("describes").min()).iter_rows())
    assert dict(frame.select("symbol", "describes").iter_rows()) == first_seen


# ---- the same bytes each time


HASH = """
import hashlib
from datetime import date
from leadline.data.feeds.simulated import Simulated
feed = Simulated(first=date(2015, 1, 2), last=date(2018, 12, 31), stocks=30)
seen = hashlib.sha256()
for part in feed.plan():
    answer = feed.fetch(part, None)
    seen.update(answer.sha256.encode())
    for frame in answer.facts.values():
        seen.update(frame.write_csv().encode())
print(seen.hexdigest())
"""


def test_every_run_gives_the_same_bytes() -> None:
    seen = hashlib.sha256()
    for part in SHORT.plan():
        answer = fetched(SHORT, part)
        seen.update(answer.sha256.encode())
        for frame in answer.facts.values():
            seen.update(frame.write_csv().encode())
    done = subprocess.run([sys.executable, "-c", HASH], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == seen.hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        Simulated(seed_name="other", first=SHORT.first, last=SHORT.last, stocks=30),
        Simulated(first=SHORT.first, last=SHORT.last + timedelta(days=1), stocks=30),
        Simulated(first=SHORT.first, last=SHORT.last, stocks=31),
    ],
)
def test_another_parameter_is_another_hash(other: Simulated) -> None:
    for part in ("prices", "stocks/2017"):
        assert fetched(SHORT, part).sha256 != fetched(other, part).sha256


def test_another_seed_is_another_market() -> None:
    other = Simulated(seed_name="other", first=SHORT.first, last=SHORT.last, stocks=30)
    both = [fetched(feed, "prices").facts["bars"].filter(series="SIM_LARGE")["close"] for feed in (SHORT, other)]
    steps = [np.diff(np.log(prices.to_numpy())) for prices in both]
    assert abs(np.corrcoef(steps)[0, 1]) < 0.1


def test_the_number_of_stocks_does_not_change_the_prices() -> None:
    other = Simulated(first=SHORT.first, last=SHORT.last, stocks=2)
    assert fetched(SHORT, "prices").facts["bars"].equals(fetched(other, "prices").facts["bars"])


# ---- requests


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (Simulated(first=date(1969, 12, 31)), "more than a year, from 1970 on"),
        (Simulated(last=date(2004, 12, 31)), "more than a year"),
        (Simulated(last=date(2003, 1, 2)), "more than a year"),
        (Simulated(stocks=-1), "0 to 20000"),
        (Simulated(stocks=30_000), "0 to 20000"),
    ],
)
def test_parameters_that_make_no_market_are_refused(feed: Simulated, said: str) -> None:
    for ask in (feed.plan, feed.truth):
        with pytest.raises(RequestError, match=re.escape(said)):
            ask()


def test_an_unknown_part_is_not_recognised() -> None:
    answer = Simulated().fetch("stocks/1999", None)
    assert isinstance(answer, Failure)
    assert answer.status == "not recognised"


def test_the_plan_has_one_part_a_year() -> None:
    plan = SHORT.plan()
    assert plan == (
        "prices", "macro", "calendar", "members", "stocks/2015", "stocks/2016", "stocks/2017", "stocks/2018",
    )  # fmt: skip
