"""The five shipped commentaries on the real market: every ruling against the files themselves, read naively."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from leadline.api import open_desk
from leadline.judgement.claims import Checked, Commentary, Ruling, check, formulas_of, shipped
from leadline.judgement.claims.rulings import Reading

from .commentary_facts import (
    Facts,
    column,
    longest_run,
    move,
    moves,
    over,
    percentile,
    separate,
    slope,
    steps,
    wilder,
)

SECTORS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
D, C, B, E, A = "2023-12-29", "2024-07-29", "2025-06-27", "2025-09-26", "2026-01-14"
FIVE = (D, C, B, E, A)


def _open(home: Path, one: Commentary, day: date) -> Any:
    return open_desk(formulas_of(one), home, day)


@pytest.fixture(scope="module")
def checked(home: Path) -> Mapping[str, Checked]:
    found = {}
    for one in shipped():
        desk = _open(home, one, one.as_of)
        found[one.as_of.isoformat()] = check(one, desk.panel, desk.names)
    return found


@pytest.fixture
def ruled(checked: Mapping[str, Checked]) -> Callable[[str, str], Ruling]:
    return lambda day, key: next(one for one in checked[day].rulings if one.key == key)


def facts(market: Path, day: str) -> Facts:
    return Facts(market, date.fromisoformat(day))


Conditions = Mapping[str, Callable[[Facts], Mapping[str, bool]]]


def _one(holds: bool) -> Mapping[str, bool]:
    return {"": holds}


def _ahead(f: Facts, above: str, below: str, back: int, name: str = "adj_close") -> bool:
    return move(f.ratio(above, below, name), back) > 0


def _year(f: Facts, ratio: list[tuple[date, float]]) -> float:
    start = [value for day, value in ratio if day < date(f.close.year, 1, 1)][-1]
    return ratio[-1][1] / start - 1


def _stood_high(points: list[tuple[date, float]], window: int | None, days: int = 21) -> bool:
    """Whether on one of the last days the value was the highest of its window (or of all)."""
    values = [value for _, value in points]
    ends = range(len(values) - days, len(values))
    return any(values[at] >= max(values[max(0, at - window + 1) if window else 0 : at + 1]) for at in ends)


def _spread(f: Facts, symbol: str) -> float:
    return statistics.stdev(value for _, value in moves(f.price(symbol), 1)[-252:])


def _money(f: Facts, symbol: str) -> float:
    volume = dict(f.price(symbol, "volume"))
    return statistics.fmean(value * volume[day] for day, value in f.price(symbol)[-63:])


BREAKOUT: Conditions = {
    "sluggish-years": lambda f: _one(move(f.ratio("IWM", "SPY"), 756) < 0),
    "break-out": lambda f: {
        "the fund, of its one-year range": _stood_high(f.price("IWM"), 252),
        "the index, of its one-year range": _stood_high(f.price("^RUT"), 252),
        "the fund, of all its past": _stood_high(f.price("IWM"), None),
    },
    "beats-the-index": lambda f: {
        "over one month": move(f.ratio("IWM", "SPY"), 21) > 0,
        "over three months": move(f.ratio("IWM", "SPY"), 63) > 0,
        "over the year": _year(f, f.ratio("IWM", "SPY")) > 0,
    },
    "more-growth": lambda f: {
        "over ten years": f.change("IWM", 2520, "adj_close") > f.change("SPY", 2520, "adj_close"),
        "over twenty years": f.change("IWM", 5040, "adj_close") > f.change("SPY", 5040, "adj_close"),
    },
    "technology-leads": lambda f: _one(f.rank("XLK", SECTORS, 63) <= 3),
    "health-care-leads": lambda f: _one(f.rank("XLV", SECTORS, 63) <= 3),
    "more-volatile": lambda f: _one(_spread(f, "IWM") > _spread(f, "SPY")),
    "less-liquid": lambda f: _one(_money(f, "IWM") < _money(f, "SPY")),
}


def _july(f: Facts, symbol: str) -> list[float]:
    """The day's changes of the 21 sessions up to the close."""
    return [value for _, value in moves(f.price(symbol), 1)[-21:]]


def _tops(f: Facts) -> bool:
    """Whether IWM's RSI of 2024-07-16 was above every RSI that SPY, QQQ, DIA and MDY had had by then."""
    at = Facts(f.root, date(2024, 7, 16))
    own = wilder([value for _, value in at.price("IWM")])[-1]
    return all(own > max(wilder([value for _, value in at.price(one)])) for one in ("SPY", "QQQ", "DIA", "MDY"))


def _own_record(f: Facts) -> bool:
    found = wilder([value for _, value in Facts(f.root, date(2024, 7, 16)).price("IWM")])
    return found[-1] >= max(found)


def _rare(f: Facts, symbol: str, name: str = "close") -> bool:
    points = Facts(f.root, date(2024, 7, 16)).price(symbol, name)
    return percentile([value for _, value in moves(points, 6)]) > 0.95


def _claims_rise(f: Facts) -> bool:
    values = [value for _, value in f.macro("ICSA", lag=5)]
    return statistics.fmean(values[-4:]) > statistics.fmean(values[-17:-13])


def _credit(f: Facts) -> bool:
    values = [value for _, value in f.daily_macro("BAMLH0A0HYM2")][-1260:]
    return percentile(values) < 0.5


RISE: Conditions = {
    "five-in-a-row": lambda f: {
        "the index": longest_run(_july(f, "^RUT"), lambda one: one > 0.01) >= 5,
        "the fund": longest_run(_july(f, "IWM"), lambda one: one > 0.01) >= 5,
    },
    "six-day-rally": lambda f: {
        "the index": longest_run(_july(f, "^RUT"), lambda one: one > 0) >= 6,
        "the fund": longest_run(_july(f, "IWM"), lambda one: one > 0) >= 6,
    },
    "one-day-over-five": lambda f: {
        "the index": max(_july(f, "^RUT")) > 0.05,
        "the fund": max(_july(f, "IWM")) > 0.05,
    },
    "never-so-overbought": lambda f: {
        "by RSI against SPY, QQQ, DIA, MDY": _tops(f),
        "by RSI against its own past": _own_record(f),
    },
    "mid-caps-moved": lambda f: _one(_rare(f, "MDY")),
    "micro-caps-moved": lambda f: _one(_rare(f, "IWC", "adj_close")),
    "micro-still-in-bear-market": lambda f: {
        "by total return": f.total("IWC")[-1][1] / max(value for _, value in f.total("IWC")) - 1 < -0.20
    },
    "curve-un-inverts": lambda f: _one(f.daily_macro("T10Y2Y")[-1][1] > f.daily_macro("T10Y2Y")[-64][1]),
    "claims-rising": lambda f: _one(_claims_rise(f)),
    "credit-calm": lambda f: _one(_credit(f)),
    "financials-strong": lambda f: _one(f.rank("XLF", SECTORS, 21) <= 3),
    "reits-strong": lambda f: _one(f.rank("XLRE", SECTORS, 21) <= 3),
}


def _below_top(f: Facts, symbol: str) -> float:
    return f.price(symbol)[-1][1] / max(value for _, value in f.price(symbol)) - 1


def _volume(f: Facts, symbol: str) -> bool:
    values = [value for _, value in f.price(symbol, "volume")]
    return statistics.fmean(values[-21:]) < statistics.fmean(values[-252:])


def _prices_ease(f: Facts) -> bool:
    """CPI of May 2025 (out on June 11) against February's, each over its year before."""
    index = dict(f.macro("CPIAUCSL"))
    may, february = (index[date(2025, month, 1)] / index[date(2024, month, 1)] for month in (5, 2))
    return may < february


def _in_step(f: Facts) -> bool:
    small, large = moves(f.price("IWM"), 1), dict(moves(f.price("SPY"), 1))
    pairs = [(value, large[day]) for day, value in small]
    found = [
        statistics.correlation([a for a, _ in pairs[at - 63 : at]], [b for _, b in pairs[at - 63 : at]])
        for at in range(63, len(pairs) + 1)
    ]
    return percentile(found) < 0.5


def _rate_slopes(f: Facts) -> Mapping[str, bool]:
    ratio = moves(f.ratio("IWM", "SPY"), 1)
    return {
        "two-year yield": slope(ratio, steps(f.daily_macro("DGS2")), 252) < 0,
        "ten-year yield": slope(ratio, steps(f.daily_macro("DGS10")), 252) < 0,
    }


OUT_OF_SYNC: Conditions = {
    "near-record": lambda f: {"the index": _below_top(f, "^GSPC") > -0.02, "the fund": _below_top(f, "SPY") > -0.02},
    "large-tech-drives": lambda f: {
        "the sector among sectors": f.rank("XLK", SECTORS, 63) <= 1,
        "the seven giants against the S&P 500": _ahead(f, "MAGS", "SPY", 63),
    },
    "inflation-eases": lambda f: _one(_prices_ease(f)),
    "russell-sideways": lambda f: {
        "over one month": f.change("^RUT", 21) < 0.01,
        "over three months": f.change("^RUT", 63) < 0.01,
        "since the start of the year": _year(f, f.price("^RUT")) < 0.01,
    },
    "small-behind-large": lambda f: {
        "over one month": move(f.ratio("IWM", "SPY"), 21) < 0,
        "over three months": move(f.ratio("IWM", "SPY"), 63) < 0,
        "since the start of the year": _year(f, f.ratio("IWM", "SPY")) < 0,
    },
    "volume-light": lambda f: {"the small-cap fund": _volume(f, "IWM"), "the large-cap fund": _volume(f, "SPY")},
    "not-the-sector": lambda f: _one(_in_step(f)),
    "rate-sensitive": _rate_slopes,
    "flight-to-safety": lambda f: {
        "long Treasuries against the S&P 500": _ahead(f, "TLT", "SPY", 21),
        "staples against discretionary": _ahead(f, "XLP", "XLY", 21),
    },
}


def _leads(f: Facts, symbol: str, name: str) -> bool:
    return all(f.change(symbol, 63, name) > f.change(sector, 63, name) for sector in SECTORS)


def _pivots(points: list[tuple[date, float]], around: int = 10, last: int = 1260) -> list[tuple[date, float]]:
    """Closes of the last five years that were the highest of ten sessions on both sides."""
    values = [value for _, value in points]
    return [
        points[at]
        for at in range(max(around, len(values) - last), len(values) - around)
        if values[at] > max(values[at - around : at]) and values[at] >= max(values[at + 1 : at + around + 1])
    ]


def _at_old_highs(points: list[tuple[date, float]]) -> bool:
    """The nearest old high above, with those within 3 % of it: under 3 % away, and the oldest of them before 2023."""
    now = points[-1][1]
    above = [one for one in _pivots(points) if one[1] >= now]
    if not above:
        return False
    core = min(value for _, value in above)
    zone = [one for one in _pivots(points) if abs(one[1] - core) <= 0.03 * core]
    return min(value for _, value in zone) / now - 1 < 0.03 and min(day for day, _ in zone) <= date(2022, 12, 31)


def _off_low(f: Facts) -> bool:
    return f.total("IWC")[-1][1] / dict(f.total("IWC"))[date(2025, 4, 8)] - 1 > 0.50


ATTENTION: Conditions = {
    "micro-up-fifty": lambda f: {"by total return": _off_low(f)},
    "back-in-resistance": lambda f: {
        "small caps by price": _at_old_highs(f.price("IWM")),
        "the index": _at_old_highs(f.price("^RUT")),
        "microcaps with dividends": _at_old_highs(f.total("IWC")),
    },
    "beats-every-sector": lambda f: {
        "the fund, with dividends": _leads(f, "IWM", "adj_close"),
        "the fund, by price": _leads(f, "IWM", "close"),
        "the index, by price": _leads(f, "^RUT", "close"),
    },
    "micro-leads": lambda f: {
        "over three months": _ahead(f, "IWC", "SPY", 63),
        "over six months": _ahead(f, "IWC", "SPY", 126),
    },
    "beyond-the-top-ten": lambda f: {
        "equal weight against cap weight": _ahead(f, "RSP", "SPY", 63),
        "the S&P 500 against the seven giants": _ahead(f, "SPY", "MAGS", 63),
    },
}


def _path(f: Facts, symbol: str) -> tuple[date, date, date]:
    """When the closing high of October 2025 was broken, tested (back within 1 %), and left for a new high."""
    points = f.price(symbol)
    level = max(value for day, value in points if day.year == 2025 and day.month == 10)
    after = [one for one in points if one[0] > date(2025, 10, 31)]
    broke = next(day for day, value in after if value > level)
    rest = [one for one in after if one[0] >= broke]
    left = next(at for at, (_, value) in enumerate(rest) if value >= level * 1.02)
    test = next(at for at, (_, value) in enumerate(rest) if at > left and value <= level * 1.01)
    peak = max(value for _, value in rest[:test])
    assert min(value for _, value in rest) > level * 0.97  # never failed
    return broke, rest[test][0], next(day for day, value in rest[test:] if value > peak)


def _both(holds: Callable[[str], bool]) -> Mapping[str, bool]:
    return {"the fund": holds("IWM"), "the index": holds("^RUT")}


def _within(f: Facts, symbol: str, which: int, sessions: int = 53) -> bool:
    days = [day for day, _ in f.price(symbol)]
    return _path(f, symbol)[which] >= days[-sessions]


def _no_volume_above(f: Facts) -> bool:
    volume = dict(f.price("IWM", "volume"))
    year = f.price("IWM")[-252:]
    above = sum(volume[day] for day, value in year if value > year[-1][1])
    return above / sum(volume[day] for day, _ in year) < 0.01


def _stretch(f: Facts) -> bool:
    values = [value for _, value in f.price("SPY")]
    found = [values[at] / statistics.fmean(values[at - 199 : at + 1]) - 1 for at in range(199, len(values))]
    return percentile(found) > 0.90


def _rotated(symbol: str) -> Callable[[Facts], Mapping[str, bool]]:
    return lambda f: {"over one month": _ahead(f, symbol, "SPY", 21), "over three months": _ahead(f, symbol, "SPY", 63)}


def _against_large(symbol: str) -> Callable[[Facts], Mapping[str, bool]]:
    return lambda f: {
        "over one month": move(f.ratio(symbol, "SPY"), 21) > 0,
        "over three months": move(f.ratio(symbol, "SPY"), 63) > 0,
    }


CANARY: Conditions = {
    "broke-above-october": lambda f: _both(lambda one: _within(f, one, 0)),
    "came-back-to-test": lambda f: _both(lambda one: _within(f, one, 1)),
    "moved-on": lambda f: _both(lambda one: _within(f, one, 2)),
    "all-time-high": lambda f: {
        "the fund, by price": _below_top(f, "IWM") >= 0,
        "the fund, with dividends": f.total("IWM")[-1][1] >= max(value for _, value in f.total("IWM")),
        "the index": _below_top(f, "^RUT") >= 0,
    },
    "no-overhead": lambda f: _one(_no_volume_above(f)),
    "small-ahead-of-large": _against_large("IWM"),
    "mid-ahead-of-large": _against_large("MDY"),
    "ahead-of-the-giants": lambda f: {"small": _ahead(f, "IWM", "MAGS", 63), "mid": _ahead(f, "MDY", "MAGS", 63)},
    "large-overextended": lambda f: {
        "distance from the 200-day average, against all of its past": _stretch(f),
        "RSI over 70": wilder([value for _, value in f.price("SPY")])[-1] > 70,
    },
    "into-industrials": _rotated("XLI"),
    "into-materials": _rotated("XLB"),
    "into-discretionary": _rotated("XLY"),
    "rate-sensitive": _rate_slopes,
    "rates-trend-down": lambda f: {
        "two-year yield, over six months": f.daily_macro("DGS2")[-1][1] < f.daily_macro("DGS2")[-127][1],
        "ten-year yield, over six months": f.daily_macro("DGS10")[-1][1] < f.daily_macro("DGS10")[-127][1],
        "the policy rate, over six months": f.daily_macro("DFEDTARU")[-1][1] < f.daily_macro("DFEDTARU")[-127][1],
    },
}
ALL: Mapping[str, Conditions] = {D: BREAKOUT, C: RISE, B: OUT_OF_SYNC, E: ATTENTION, A: CANARY}
CASES = [(day, key) for day, conditions in ALL.items() for key in conditions]


def _expected(found: Mapping[str, bool]) -> str:
    return "depends on the proxy" if len(set(found.values())) > 1 else ["refuted", "confirmed"][all(found.values())]


@pytest.mark.parametrize(("day", "key"), CASES)
def test_a_condition_is_what_the_files_say(
    market: Path, ruled: Callable[[str, str], Ruling], day: str, key: str
) -> None:
    naive = ALL[day][key](facts(market, day))
    found = ruled(day, key)
    assert {one.label: one.measured for one in found.readings if one.measured is not None} == dict(naive)
    assert found.ruling == _expected(naive)


#: what the author got wrong, and what hangs on how one measures, by hand from the list of claims
AGAINST = {
    D: {"more-growth", "health-care-leads"},
    C: {"six-day-rally", "one-day-over-five", "never-so-overbought", "micro-still-in-bear-market"},
    B: {"flight-to-safety"},
    E: {"beyond-the-top-ten"},
    A: {"large-overextended", "into-discretionary"},
}
PROXY = {
    D: {"break-out", "beats-the-index"},
    C: {"construction-falling", "five-in-a-row", "once-or-twice-a-century"},
    B: {"russell-sideways", "small-behind-large", "rate-sensitive"},
    E: set(),
    A: set(),
}


def test_every_condition_of_the_files_is_looked_at_here(checked: Mapping[str, Checked]) -> None:
    seen = {(day, one.key) for day, found in checked.items() for one in found.rulings if one.kind == "condition"}
    assert seen - set(CASES) == {(C, "construction-falling")}


@pytest.mark.parametrize("day", FIVE)
def test_where_the_author_is_wrong_the_ruling_says_so(checked: Mapping[str, Checked], day: str) -> None:
    rulings = checked[day].rulings
    assert AGAINST[day] <= {one.key for one in rulings if one.ruling == "refuted"}
    assert {one.key for one in rulings if one.ruling == "depends on the proxy"} == PROXY[day]


def test_construction_by_the_file_of_july_2024(market: Path, ruled: Callable[[str, str], Ruling]) -> None:
    """June over March in the monthly file of July 2024: starts rose, permits fell; both were out by the 29th."""
    file = pl.scan_parquet(market / "vintages" / "fredmd_vintages_all.parquet")
    july = file.filter(pl.col("vintage").cast(pl.String) == "2024-07").collect()
    found = {}
    for name in ("HOUST", "PERMIT"):
        rows = july.filter(pl.col("series").cast(pl.String) == name)
        value = dict(rows.select("date", "value").rows())
        found[name] = value[date(2024, 6, 1)] / value[date(2024, 3, 1)] - 1
    assert found["HOUST"] > 0 > found["PERMIT"]
    ruling = ruled(C, "construction-falling")
    assert ruling.ruling == "depends on the proxy"
    assert [one.measured for one in ruling.readings] == [found["HOUST"] < 0, found["PERMIT"] < 0]


def test_the_russell_did_not_gain_15_2_percent(market: Path, ruled: Callable[[str, str], Ruling]) -> None:
    """By hand: ^RUT 2036.62 on 2024-07-08 ... the best six sessions ended on 2024-07-16; the next day it was less."""
    index = dict(moves(facts(market, C).price("^RUT"), 6))
    best, after = index[date(2024, 7, 16)], index[date(2024, 7, 17)]
    assert (round(best, 4), round(after, 4)) == (0.1104, 0.1036)
    assert max(value for day, value in index.items() if day >= date(2024, 6, 28)) == best
    found = ruled(C, "six-session-gain")
    assert found.measured == pytest.approx(best, abs=1e-12)
    assert (found.ruling, found.states) == ("off", 0.152)
    assert [one.label for one in found.readings] == ["the index", "the fund"]


def test_the_ratio_gained_10_13_percent_and_the_two_figures_contradict_each_other(
    market: Path, ruled: Callable[[str, str], Ruling]
) -> None:
    f = Facts(market, date(2024, 7, 17))
    found = ruled(C, "ratio-gain")
    assert move(f.ratio("IWM", "SPY"), 6) == pytest.approx(0.1013, abs=5e-5)
    assert [one.measured for one in found.readings] == [
        pytest.approx(move(f.ratio("IWM", "SPY"), 6)),
        pytest.approx(move(f.ratio("^RUT", "^GSPC"), 6)),
    ]
    assert (found.ruling, found.alone) == ("contradicts itself", "off")
    implied = 1.152 / (1 + f.change("SPY", 6)) - 1
    assert f"{implied * 100:+.1f} %, not +11.65 %" in found.why


def test_three_sigma_is_not_percentile_99_3(market: Path, ruled: Callable[[str, str], Ruling]) -> None:
    found = ruled(C, "three-sigma")
    assert found.ruling == "contradicts itself"
    assert "99.73 (two-sided) or 99.87 (one-sided), not 99.3" in found.why
    values = [value for _, value in moves(Facts(market, date(2024, 7, 16)).price("^RUT"), 6)]
    told = found.readings[0].figures
    assert told["percentile"] == pytest.approx(percentile(values))
    assert told["rank"] == 1 + sum(value > values[-1] for value in values)
    z = told["z"]
    assert isinstance(z, Mapping)
    assert z["all"] == pytest.approx((values[-1] - statistics.fmean(values)) / statistics.stdev(values))
    assert z["year"] == pytest.approx((values[-1] - statistics.fmean(values[-252:])) / statistics.stdev(values[-252:]))


def test_once_or_twice_a_century_hangs_on_how_far_back_one_looks(
    market: Path, ruled: Callable[[str, str], Ruling]
) -> None:
    """Funds since 2000 saw it once; portfolios by size since 1926 saw as much many times."""
    found = ruled(C, "once-or-twice-a-century")
    funds, _, long = found.readings
    ratio = [value for _, value in moves(Facts(market, date(2024, 7, 17)).ratio("IWM", "SPY"), 6)]
    assert funds.figures["rank"] == 1 == 1 + sum(value > ratio[-1] for value in ratio)
    assert (funds.ruling, long.ruling) == ("confirmed", "refuted")
    path = market / "kenfrench" / "size_portfolios_daily.csv"
    level: list[tuple[date, float]] = []
    low, high = dict(column(path, "Lo 30")), dict(column(path, "Hi 30"))
    value = 1.0
    for day in (day for day in low if day <= date(2024, 7, 17)):
        value *= (1 + low[day] / 100) / (1 + high[day] / 100)
        level.append((day, value))
    century = [one for _, one in moves(level, 6)]
    times = separate([at for at, one in enumerate(century) if one >= century[-1] - 1e-12], 21)
    assert long.measured == pytest.approx(century[-1], abs=1e-9)
    assert len(times) > 4  # far more than once or twice in 98 years
    assert long.figures["per_century"] == pytest.approx(len(times) / 98.05 * 100, rel=0.01)


def test_the_curve_and_unemployment_as_known_then(market: Path, ruled: Callable[[str, str], Ruling]) -> None:
    spread = facts(market, C).macro("T10Y2Y", lag=1)
    last = max(day for day, value in spread if value >= 0)
    assert last == date(2022, 7, 5)
    curve = ruled(C, "inverted-since-july-2022")
    assert (curve.ruling, curve.measured) == ("confirmed", date(2022, 7, 6))  # known a day later
    with (market / "vintages" / "ALFRED_UNRATE.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["realtime_start"] <= C]
    known = {row["date"]: float(row["value"]) for row in sorted(rows, key=lambda row: row["realtime_start"])}
    assert (known["2024-03-01"], known["2024-06-01"], max(known)) == (3.8, 4.1, "2024-06-01")
    up = ruled(C, "unemployment-up")
    assert up.measured == pytest.approx(4.1 / 3.8 - 1)
    assert (up.ruling, up.states) == ("off", 0.11)


def test_what_the_data_cannot_say_is_untestable_with_the_reason(
    market: Path, ruled: Callable[[str, str], Ruling], checked: Mapping[str, Checked]
) -> None:
    """IWC has no price after 2021-04-26."""
    line = ruled(C, "micro-bear-line")
    assert facts(market, C).price("IWC")[-1][0] == date(2021, 4, 26)
    assert (line.ruling, line.why) == ("untestable", "IWC.close ends 2021-04-26, before 2024-07-29")
    words = {day: {one.key for one in found.rulings if one.ruling == "untestable"} for day, found in checked.items()}
    assert words == {
        D: {"faster-earnings", "diversify"},
        C: {"micro-bear-line", "short-covering"},
        B: {"conviction-low", "flows-favour-large", "single-catalysts", "selective"},
        E: {"futures-portfolio"},
        A: {"scan-for-sleepers"},
    }
    assert all(one.why for found in checked.values() for one in found.rulings)


def _outcomes(
    event: list[tuple[date, bool]], then: list[tuple[date, float]], horizon: int, gap: int
) -> tuple[list[float], list[float]]:
    """What followed each separate episode, and what always followed over the same span."""
    truth = dict(event)
    days = [day for day, _ in then if day in truth]
    start = days[0]
    rows = [one for one in then if one[0] >= start]
    starts = separate([at for at, (day, _) in enumerate(rows) if truth.get(day)], gap)
    after = [rows[at + horizon][1] / rows[at][1] - 1 for at in starts if at + horizon < len(rows)]
    always = [rows[at + horizon][1] / rows[at][1] - 1 for at in range(len(rows) - horizon)]
    return after, always


def _first(reading: Reading) -> Any:
    return reading.findings[0]


#: file, claim, sessions of the event's move, horizon, gap between episodes; the event is a move of more than 5 %
STUDIES = [
    (D, "barometer", (63, 63, 252)),
    (C, "no-legs", (6, 21, 126)),
    (E, "strength-is-a-forward-sign", (63, 63, 126)),
]


@pytest.mark.parametrize(("day", "key", "shape"), STUDIES)
def test_a_study_counts_what_the_files_show(
    market: Path, ruled: Callable[[str, str], Ruling], day: str, key: str, shape: tuple[int, int, int]
) -> None:
    back, horizon, gap = shape
    f = facts(market, day)
    ratio = f.ratio("IWM", "SPY")
    event = [(when, value > 0.05) for when, value in moves(ratio, back)]
    then = f.price("SPY") if key == "barometer" else ratio
    after, always = _outcomes(event, then, horizon, gap)
    found = _first(ruled(day, key).readings[0])
    assert found.episodes == len(after)
    assert found.after.mean == pytest.approx(statistics.fmean(after))
    assert found.base.mean == pytest.approx(statistics.fmean(always), abs=2e-3)  # always: the span of the episodes
    assert found.hit.hits == sum(one > 0 for one in after)


def test_no_study_of_the_five_stands_up_to_its_base_rate(checked: Mapping[str, Checked]) -> None:
    """Each verdict again from its interval, its adjusted p and its episodes."""
    for found in checked.values():
        for ruling in (one for one in found.rulings if one.kind == "study"):
            verdicts = set()
            for one in (finding for reading in ruling.readings for finding in reading.findings):
                low, high = one.difference.mean.low, one.difference.mean.high
                few = one.episodes < 8 or low is None or high is None
                clear = not few and (low > 0 or high < 0) and one.adjusted_p is not None and one.adjusted_p <= 0.05
                verdicts.add("too few to say" if few else "clear" if clear else "not distinguishable")
            assert "clear" not in verdicts
            assert ruling.ruling == ("not distinguishable" if "not distinguishable" in verdicts else "too few to say")


def test_a_panel_that_goes_on_gives_the_same_rulings(home: Path, checked: Mapping[str, Checked]) -> None:
    one = shipped()[1]
    desk = _open(home, one, date(2026, 6, 1))
    late = check(one, desk.panel, desk.names)
    assert late.cut == one.as_of
    assert [(r.key, r.ruling) for r in late.rulings] == [(r.key, r.ruling) for r in checked[C].rulings]
    for now, then in zip(late.rulings, checked[C].rulings, strict=True):
        numbers = isinstance(then.measured, float)
        assert now.measured == (pytest.approx(then.measured, rel=1e-6) if numbers else then.measured), now.key


def test_later_tells_what_happened_since(market: Path, home: Path, checked: Mapping[str, Checked]) -> None:
    one = shipped()[1]
    desk = _open(home, one, one.as_of)
    after = _open(home, one, date(2025, 7, 29))
    found = check(one, desk.panel, desk.names, later=after.panel)
    assert [r.ruling for r in found.rulings] == [r.ruling for r in checked[C].rulings]
    ratio = over(Facts(market, date(2025, 7, 29)).price("IWM"), Facts(market, date(2025, 7, 29)).price("SPY"))
    start = next(at for at, (day, _) in enumerate(ratio) if day == one.as_of)
    told = found.since[0]
    assert told.formula == "small/large"
    assert told.value == pytest.approx(ratio[-1][1] / ratio[start][1] - 1)
    quarter = ratio[start + 63][1] / ratio[start][1] - 1
    assert f"{quarter * 100:+.1f} % over 63d" in told.sentence
