"""Movers: tags from a stock's own rows, rows that contradict themselves, the ruling, and what a reader must be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.inference.movement import Parts
from leadline.inference.movers import Inquiry, Standing, movers, rule
from leadline.inference.tags import News, split_of, split_words, tags_of

from ..formula.panels import DATASET, Maker, weekdays  # noqa: TID252 - tests are no package

DAYS = 200


def market(stocks: int = 30, *, common: float = 0.004, own: float = 0.02, listed: bool = True) -> Maker:
    rng = generator(f"movers {stocks} {common} {own}")
    together = rng.normal(0, common, DAYS)
    maker = Maker(weekdays(DAYS))
    for at in range(stocks):
        steady(maker, f"S{at:02}", together + rng.normal(0, own, DAYS), 1_000.0 * (at + 1))
    return maker


def steady(maker: Maker, symbol: str, change: np.ndarray, shares: float) -> None:
    price = 20 * np.cumprod(1 + change)
    maker.stock(
        symbol,
        change=change.tolist(),
        close=price.tolist(),
        shares=[shares] * len(change),
        volume=[500.0] * len(change),
    )


def with_listings(panel: Panel, sector: dict[str, str]) -> Panel:
    rows = pl.DataFrame(
        {
            "dataset": "lists",
            "symbol": list(sector),
            "segment": 0,
            "session": panel.sessions[0],
            "name": [f"Company {symbol}" for symbol in sector],
            "exchange": "X",
            "sector": list(sector.values()),
            "industry": "",
            "kind": "common",
        }
    )
    return replace(panel, listings=rows)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (2.0, "split 2 for 1"),
        (1.5, "split 3 for 2"),
        (1 / 8, "reverse split 1 for 8"),
        (1 / 750.3, "reverse split 1 for 750"),
        (0.75, None),
        (1.19, None),
        (1.31, None),
        (0.0, None),
    ],
)
def test_splits_in_words(factor: float, words: str | None) -> None:
    assert split_words(factor) == words


def test_a_split_is_a_jump_of_the_price_alone() -> None:
    assert split_of(-0.07, 0.93 * 15, 1.0) == "reverse split 1 for 15"
    assert split_of(0.02, 1.02 / 3, 1.0) == "split 3 for 1"
    assert split_of(0.5, 1.5, 1.0) is None
    assert split_of(26.6, 27.6, 1 / 21) == "reverse split 1 for 21 (its change as given is not adjusted)"
    assert split_of(None, 2.0, 1.0) is None
    assert split_of(0.1, None, 1.0) is None
    assert split_of(0.01, 1.01, 0.5) is None  # shares bought back: no split


def test_tags_of_a_stock() -> None:
    days = weekdays(130)
    maker = Maker(days)
    change = np.zeros(130)
    change[-1] = 0.4
    close = np.full(130, 2.0)
    close[110:] = 30.0
    close[-1] = 42.0
    volume = np.full(130, 1_500.0)
    volume[110:] = 100.0
    volume[-1] = 1_200.0
    maker.stock("R", change=change.tolist(), close=close.tolist(), volume=volume.tolist(), shares=[10.0] * 130)
    born: list[float | None] = [*[None] * 115, *[0.01] * 15]
    maker.stock("N", change=born, close=born, volume=born)
    news = (News("R", days[-1], "trial result"), News("R", days[0], "old"))
    tags = tags_of(maker.panel(), DATASET, ["R", "N", "GONE"], days[-1], news)
    split, crowd, told = tags["R"]
    assert split == f"reverse split 1 for 15 on {days[110]}"
    assert crowd == "volume 17 x its median"  # 1,200 x 42 over 100 x 30; of the 63 rows before, 19 are after the split
    assert told == f"{days[-1]}: trial result"
    assert tags["N"] == (f"first row {days[115]}",)
    assert tags["GONE"] == ()
    assert tags_of(maker.panel(), DATASET, [], days[-1]) == {}


def test_the_parts_and_the_lists_of_a_day() -> None:
    sector = {f"S{at:02}": "ab"[at % 2] for at in range(30)}
    panel = with_listings(market().panel(), sector)
    found = movers(panel, DATASET, Inquiry(top=3))
    rows = panel.stocks
    assert rows is not None
    last_two = rows.filter(pl.col("session") >= panel.sessions[-2]).collect().sort("symbol", "session")
    change = last_two.filter(pl.col("session") == panel.cut)["change"].to_numpy()
    seven = rows.filter(pl.col("session") >= panel.sessions[-6]).collect().sort("symbol", "session")
    worth = (seven["close"] * seven["shares"]).to_numpy().reshape(30, 6)[:, :5]
    weight = np.median(worth, axis=1)
    mean = float((weight * change).sum() / weight.sum())
    assert found.move == pytest.approx(mean)
    assert found.parts.market == pytest.approx(mean**2 / ((weight * change**2).sum() / weight.sum()))
    assert found.parts.market + (found.parts.sector or 0) + found.parts.own == pytest.approx(1)
    order = np.argsort(-change)
    assert [one.symbol for one in found.up] == [f"S{at:02}" for at in order[:3]]
    assert [one.symbol for one in found.down] == [f"S{at:02}" for at in order[:-4:-1]]
    assert found.up[0].change == pytest.approx(float(change[order[0]]))
    apart = weight * (change - mean) ** 2
    assert found.up[0].contribution == pytest.approx(float(apart[order[0]] / apart.sum()))
    assert (found.up[0].name, found.up[0].sector) == (
        f"Company {found.up[0].symbol}",
        sector[found.up[0].symbol],
    )
    assert "sectors are those last seen, not those of the day" in found.warnings


def test_a_window_compounds_and_is_set_among_windows_of_its_length() -> None:
    panel = market().panel()
    found = movers(panel, DATASET, Inquiry(sessions=10))
    assert (found.first, found.last) == (panel.sessions[-10], panel.sessions[-1])
    assert found.standing("own_share").n == (DAYS - 1) // 10  # the first session has no change and no weight
    assert found.standing("correlation").n == 3
    rows = panel.stocks
    assert rows is not None
    inside = rows.filter(pl.col("session") >= found.first).collect()
    change = inside.filter(pl.col("symbol") == found.up[0].symbol)["change"].to_numpy()
    assert found.up[0].change == pytest.approx(float(np.prod(1 + change) - 1))
    assert found.parts.sector is None
    assert "sectors are not known: what they moved is in the own part" in found.warnings
    with pytest.raises(RequestError, match="standing none: expected one of own_share"):
        found.standing("none")


def test_a_common_market_is_told_from_single_stories() -> None:
    common = movers(market(common=0.02, own=0.002).panel(), DATASET, Inquiry(sessions=10))
    apart = movers(market(common=0.002, own=0.02).panel(), DATASET, Inquiry(sessions=10))
    assert common.parts.market > 0.9
    assert apart.parts.market < 0.1
    assert common.ruling == "refuted"
    assert common.standing("correlation").value > 0.9  # type: ignore[operator]
    assert abs(apart.standing("correlation").value) < 0.1  # type: ignore[arg-type]


def standings(own: float | None, top: float | None, n: int = 50) -> tuple[Standing, ...]:
    return (
        Standing("own_share", 0.8, own, n),
        Standing("top_share", 0.4, top, n),
        Standing("correlation", 0.3, 0.5, 8),
    )


@pytest.mark.parametrize(
    ("own_part", "own", "top", "n", "ruling"),
    [
        (0.8, 0.9, 0.5, 50, "confirmed"),
        (0.8, 0.5, 0.85, 50, "confirmed"),
        (0.8, 0.9, 0.1, 50, "not distinguishable"),
        (0.8, 0.5, 0.5, 50, "not distinguishable"),
        (0.8, 0.1, 0.2, 50, "refuted"),
        (0.4, 0.9, 0.9, 50, "refuted"),
        (0.8, 0.9, 0.9, 11, "too few to say"),
        (0.8, None, 0.9, 50, "too few to say"),
    ],
)
def test_the_ruling(own_part: float, own: float | None, top: float | None, n: int, ruling: str) -> None:
    found, why = rule(Parts(1 - own_part, None, own_part), standings(own, top, n))
    assert found == ruling
    assert f"{own_part * 100:.0f} % of the movement was single stocks' own" in why


def test_changes_that_contradict_price_or_shares_are_left_out() -> None:
    """W's change jumps and its price does not; V's reverse split is in its change as given."""
    maker = market()
    flat, jump = np.zeros(DAYS), np.zeros(DAYS)
    jump[-1] = 49.0
    maker.stock("W", change=jump.tolist(), close=[5.0] * DAYS, shares=[1e5] * DAYS, volume=[1.0] * DAYS)
    close, shares = [1.0] * (DAYS - 1) + [20.0], [1e5] * (DAYS - 1) + [5e3]
    flat[-1] = 19.0
    maker.stock("V", change=flat.tolist(), close=close, shares=shares, volume=[1.0] * DAYS)
    found = movers(maker.panel(), DATASET)
    assert not {"W", "V"} & {one.symbol for one in (*found.up, *found.down)}
    said = (
        f"2 of {30 * (DAYS - 1) + 2 * (DAYS - 1):,} daily changes contradict price or shares (splits) and are left out"
    )
    assert said in found.warnings


def test_a_benchmark_in_place_of_the_groups_own_mean() -> None:
    maker = market()
    maker.price("SPY", close=(100 * np.cumprod(1 + generator("spy").normal(0, 0.01, DAYS))).tolist())
    panel = maker.panel()
    plain, beside = movers(panel, DATASET), movers(panel, DATASET, Inquiry(benchmark="SPY"))
    assert plain.parts.own == pytest.approx(beside.parts.own)
    benchmark = panel.column("SPY")
    b, m = benchmark[-1] / benchmark[-2] - 1, plain.move
    assert beside.parts.market / plain.parts.market == pytest.approx((m**2 - (m - b) ** 2) / m**2)


def test_a_benchmark_that_is_no_price_is_refused() -> None:
    panel = market().price("SPY", close=[1.0 + at for at in range(DAYS)]).panel()
    with pytest.raises(
        RequestError, match=r"benchmark change\(SPY, 5d\): found a return; expected a price or an index"
    ):
        movers(panel, DATASET, Inquiry(benchmark="change(SPY, 5d)"))


def test_news_that_fits_nobody_is_said() -> None:
    told = (News("S00", date(2020, 1, 1), "x"), News("s00", date(2020, 1, 1), "x"))
    assert "news of symbols that no member has: s00" in movers(market().panel(), DATASET, Inquiry(news=told)).warnings


def test_sets_without_values_weigh_all_alike() -> None:
    maker = Maker(weekdays(60))
    rng = generator("alike")
    for at in range(5):
        maker.stock(f"S{at}", adj_close=(10 * np.cumprod(1 + rng.normal(0, 0.01, 60))).tolist())
    found = movers(maker.panel(), DATASET)
    assert found.weights == "equal"
    assert "market values are not known: every member weighs the same" in found.warnings
    assert found.ruling in ("confirmed", "refuted", "not distinguishable")


def test_what_cannot_be_answered() -> None:
    maker = Maker(weekdays(60)).price("SPY", close=[1.0] * 60)
    gone: list[float | None] = [*[0.01] * 40, *[None] * 20]
    maker.stock("A", change=gone).stock("B", change=gone)
    last = weekdays(40)[-1]
    with pytest.raises(DataError, match=f"movers of {DATASET} as of .*: found returns up to {last}"):
        movers(maker.panel(), DATASET)
    with pytest.raises(DataError, match="over 500 sessions: found 199 of them"):
        movers(market().panel(), DATASET, Inquiry(sessions=500))
    with pytest.raises(RequestError, match="movers: found 0 sessions, 10 stocks; expected each at least 1"):
        Inquiry(sessions=0)


def test_a_missing_last_session_is_said() -> None:
    days = weekdays(60)
    holed: list[float | None] = [*np.tile([0.01, -0.02, 0.015], 20)[:59].tolist(), None]
    maker = Maker(days).price("SPY", close=[1.0] * 60).stock("A", change=holed)
    panel = maker.stock("B", change=[*(-np.array(holed[:59], dtype=float)).tolist(), None]).panel()
    found = movers(panel, DATASET)
    assert found.last == days[58]
    assert f"the last session with returns is {days[58]}" in found.warnings
    assert isinstance(found.as_of, date)
