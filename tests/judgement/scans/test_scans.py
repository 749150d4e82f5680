"""Scans: files and their errors, hits at the cut, what followed, and what a reader must be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.formula import FormulaError, Names
from leadline.inference.tags import News
from leadline.judgement.scans import Scan, find, followed, run_scan, shipped
from leadline.judgement.scans.read import parse, schema, source

from ...formula.panels import DATASET, Maker, weekdays  # noqa: TID252 - tests are no package

PLAIN = """
title: Jumps
filters:
  jump: change(close, 1d) > 5%
  loud: volume > 2 * ago(volume, 1d)
score: change(close, 1d)
level: traded / 1.05
over: [2d, 5d]
"""


def stock(maker: Maker, symbol: str, change: list[float], volume: list[float]) -> None:
    close = (10 * np.cumprod(1 + np.array(change))).tolist()
    maker.stock(symbol, change=change, close=close, volume=volume, shares=[100.0] * len(change))


def jumps() -> Panel:
    """A jumps on the last day and on day 5, B without volume, C a little more than A."""
    days = weekdays(40)
    maker = Maker(days)
    quiet, loud = [100.0] * 40, [100.0] * 39 + [900.0]
    early = list(loud)
    early[5] = 500.0
    stock(maker, "A", [0.0] * 5 + [0.10] + [0.01] * 33 + [0.06], early)
    stock(maker, "B", [0.0] * 39 + [0.10], quiet)
    stock(maker, "C", [0.0] * 39 + [0.08], loud)
    stock(maker, "D", [0.0] * 40, loud)
    return maker.panel()


def test_the_hits_of_today_by_hand() -> None:
    found = run_scan(jumps(), parse(PLAIN, "jumps.yaml"))
    assert [hit.symbol for hit in found.hits] == ["C", "A"]
    assert found.looked_at == 4
    assert found.passed == {"jump": 3, "loud": 3}
    assert (found.scan, found.group, found.dataset) == ("Jumps", DATASET, DATASET)
    first = found.hits[0]
    assert first.score == pytest.approx(0.08)
    assert first.price == pytest.approx(10.8)
    assert first.level == pytest.approx(10.8 / 1.05)
    assert first.invalidation is None
    assert first.median_dollar_volume == pytest.approx(1_000)  # thirty-nine days of 100 shares at 10 dollars
    assert first.days_to_build == pytest.approx(100_000 / 100)
    assert first.tags == ("volume 9.7 x its median",)


def test_what_followed_by_hand() -> None:
    """A's hit on day 5 rose 1 % a day while the median stood still: 2.01 % in two days. Today's are pending."""
    found = followed(jumps(), parse(PLAIN, "jumps.yaml"))
    two, five = found.findings
    assert (two.horizon, two.episodes, two.pending, two.ended) == ("2d", 1, 2, 0)
    assert two.mean == pytest.approx(1.01**2 - 1)
    assert two.group == pytest.approx(0)
    assert two.excess.estimate == pytest.approx(1.01**2 - 1)
    assert two.over_mean.estimate == pytest.approx((1.01**2 - 1) * 3 / 4)
    assert (two.excess.low, two.beat, two.verdict) == (None, 1.0, "too few to say")
    assert five.mean == pytest.approx(1.01**5 - 1)
    assert (found.since, found.stocks) == (weekdays(6)[-1], 2)
    assert any("stocks that ended are in it" in said for said in found.warnings)


def test_a_stock_that_leaves_the_data_counts_with_its_last_price() -> None:
    days = weekdays(80)
    maker = Maker(days)
    stock(maker, "A", [0.0] * 80, [100.0] * 80)
    stock(maker, "B", [0.0] * 80, [100.0] * 80)
    change = [0.0] * 5 + [0.10, -0.5]
    gone = [*change, *[None] * 73]
    level = [*(10 * np.cumprod(1 + np.array(change))).tolist(), *[None] * 73]
    volume = [*[100.0] * 5, 900.0, 100.0, *[None] * 73]
    maker.stock("GONE", change=gone, close=level, volume=volume, shares=level)
    (two, _) = followed(maker.panel(), parse(PLAIN, "jumps.yaml")).findings
    assert (two.episodes, two.ended, two.mean) == (1, 1, pytest.approx(-0.5))


def test_what_followed_in_a_set_that_knows_totals_alone() -> None:
    """A jumps on day 10 and rises 1 % a day to the last, day 39, with which the set ends; another reaches further."""
    later: list[float | None] = [None] * 80
    maker = Maker(weekdays(120))
    maker.stock("A", adj_close=[*[10.0] * 10, *[11 * 1.01**at for at in range(30)], *later], dataset="old")
    maker.stock("B", adj_close=[*[5.0] * 40, *later], dataset="old")
    stock(maker, "Z", [0.0] * 120, [1.0] * 120)
    text = PLAIN.replace("close", "total").replace("  loud: volume > 2 * ago(volume, 1d)\n", "")
    scan = parse(text.replace("level: traded / 1.05\n", ""), "totals.yaml")
    two, five = followed(maker.panel(), scan).findings
    assert (two.episodes, two.ended, five.ended) == (1, 0, 0)
    assert (two.mean, five.mean) == (pytest.approx(1.01**2 - 1), pytest.approx(1.01**5 - 1))


def test_nobody_left_a_set_that_ended_as_a_whole() -> None:
    """The hit of the last day but one has no outcome yet: the set ended with its stocks, they did not leave it."""
    later: list[float | None] = [None] * 80
    maker = Maker(weekdays(120))
    jump, loud = [*[0.0] * 38, 0.10, 0.0], [*[1.0] * 38, 9.0, 1.0]
    maker.stock("A", change=[*jump, *later], volume=[*loud, *later], dataset="old")
    maker.stock("B", change=[*[0.0] * 40, *later], volume=[*[1.0] * 40, *later], dataset="old")
    maker.stock("Z", change=[0.0] * 120, dataset="new")
    scan = parse(PLAIN.replace("level: traded / 1.05\n", "group: old\n"), "old.yaml")
    assert [(one.episodes, one.pending, one.ended) for one in followed(maker.panel(), scan).findings] == [(0, 1, 0)] * 2


def test_hits_close_together_are_one_episode_of_their_stock() -> None:
    days = weekdays(60)
    maker = Maker(days)
    change, volume = [0.0] * 60, [100.0] * 60
    for at, loud in ((10, 900.0), (12, 9_000.0), (16, 90_000.0), (30, 900.0)):
        change[at], volume[at] = 0.1, loud
    stock(maker, "A", change, volume)
    stock(maker, "B", [0.0] * 60, [100.0] * 60)
    found = followed(maker.panel(), parse(PLAIN, "jumps.yaml"))
    assert found.findings[0].episodes == 2  # 16 is four rows after 12: nearer than five


def planted(effect: float) -> Panel:
    rng = generator(f"scan {effect}")
    maker = Maker(weekdays(600))
    for at in range(20):
        change, volume = rng.normal(0, 0.01, 600).clip(-0.04, 0.04), np.full(600, 100.0)
        for hit in range(20 + at * 3, 590, 80):
            change[hit], volume[hit] = 0.07, 900.0
            change[hit + 1 : hit + 6] += effect
        stock(maker, f"S{at:02}", change.tolist(), volume.tolist())
    return maker.panel()


def test_a_planted_effect_is_found_and_none_is_not() -> None:
    scan = parse(PLAIN, "jumps.yaml")
    strong = followed(planted(0.01), scan, draws=500).findings[1]
    assert strong.verdict == "supported"
    assert strong.mean == pytest.approx(1.01**5 - 1, abs=0.004)
    assert strong.excess.low > 0.03  # type: ignore[operator]
    assert followed(planted(0.0), scan, draws=500).findings[1].verdict == "not distinguishable"
    assert followed(planted(-0.01), scan, draws=500).findings[1].verdict == "contrary"


def test_nothing_ahead_of_the_cut_is_seen() -> None:
    panel = planted(0.01)
    scan = parse(PLAIN, "jumps.yaml")
    rows = panel.stocks
    assert rows is not None
    jumps_on = rows.filter((pl.col("change") > 0.05) & (pl.col("session") > panel.sessions[100])).collect()
    day = jumps_on["session"].sort()[0]
    found = run_scan(panel.truncate(day), scan)
    assert found.as_of == day
    assert {hit.symbol for hit in found.hits} == set(jumps_on.filter(pl.col("session") == day)["symbol"])


def test_a_short_look_finds_the_same() -> None:
    panel = planted(0.01)
    panel = panel.truncate(panel.sessions[500])
    scan = parse(PLAIN, "jumps.yaml")
    whole, short = run_scan(panel, scan), run_scan(panel, scan, sessions=100)
    assert [hit.symbol for hit in whole.hits] == [hit.symbol for hit in short.hits]
    assert whole.hits
    assert short.warnings[-1] == "looked at the last 100 sessions only"


def test_sleepers_find_a_long_quiet_base_that_breaks_out() -> None:
    rng = generator("sleepers")
    days = weekdays(300)
    maker = Maker(days)
    for at in range(6):
        stock(maker, f"N{at}", rng.normal(0, 0.03, 300).tolist(), rng.uniform(50_000, 150_000, 300).tolist())
    quiet = np.where(np.arange(300) < 270, 0.02, 0.005) * np.where(np.arange(300) % 2, 1, -1)
    volume = np.where(np.arange(300) < 270, 100_000.0, 40_000.0)
    quiet[-1], volume[-1] = 0.08, 400_000.0
    stock(maker, "SLEEP", quiet.tolist(), volume.tolist())
    found = run_scan(maker.panel(), shipped("sleepers"))
    assert [hit.symbol for hit in found.hits] == ["SLEEP"]
    (hit,) = found.hits
    assert hit.score == pytest.approx(10.0)
    assert hit.price is not None
    assert hit.level is not None
    assert hit.invalidation is not None
    assert hit.invalidation == pytest.approx(0.92 * hit.level)
    assert hit.level < hit.price
    assert found.warnings[0].startswith("Hits are prices and volume alone")


def test_groups_and_ranks_are_universes() -> None:
    ranked = parse(PLAIN + "ranks: {low: 1, high: 2}\n", "jumps.yaml")
    days = weekdays(40)
    assert {hit.symbol for hit in run_scan(jumps(), ranked).hits} <= {"A", "B", "C"}
    assert run_scan(jumps(), ranked).group == "scanned"
    maker = Maker(days)
    stock(maker, "A", [0.0] * 39 + [0.10], [100.0] * 39 + [900.0])
    stock(maker, "B", [0.0] * 39 + [0.10], [100.0] * 39 + [900.0])
    panel = maker.member("few", [("A", days[0], "held")]).panel()
    assert [hit.symbol for hit in run_scan(panel, parse(PLAIN + "group: few\n", "x.yaml")).hits] == ["A"]
    with pytest.raises(FormulaError, match="group: found fwe; expected few"):
        run_scan(panel, parse(PLAIN + "group: fwe\n", "x.yaml"))
    words = Names(roles={"big": "market_value > 1"})
    assert len(run_scan(panel, parse(PLAIN.replace("jump: change(close, 1d) > 5%", "jump: big"), "x"), words).hits) == 2


def test_what_cannot_be_scanned() -> None:
    days = weekdays(40)
    panel = Maker(days).stock("A", adj_close=[1.0] * 40).panel()
    with pytest.raises(DataError, match=f"close, volume for Jumps: found {DATASET} has total|for Jumps: found"):
        run_scan(panel, parse(PLAIN, "jumps.yaml"))
    short: list[float | None] = [*[0.01] * 39, None]
    holed = Maker(days).price("SPY", close=[1.0] * 40).stock("A", change=short, close=short, volume=short).panel()
    with pytest.raises(DataError, match=f"found no row of that session; the last is {days[38]}; choose {days[38]}"):
        run_scan(holed, parse(PLAIN, "jumps.yaml"))
    ranks = parse(PLAIN + f"ranks: {{low: 1, high: 2, dataset: {DATASET[:-1]}}}\n", "jumps.yaml")
    with pytest.raises(RequestError, match=f"ranks of Jumps: found {DATASET[:-1]}; expected {DATASET}"):
        run_scan(jumps(), ranks)
    with pytest.raises(FormulaError, match="series: found nonsense"):
        run_scan(jumps(), parse(PLAIN.replace("score: change(close, 1d)", "score: nonsense"), "jumps.yaml"))


WRONG = {
    "title: x\n": "line 1, filters: found nothing: this key is required",
    PLAIN + "colour: red\n": "line 9, colour: found a key that is not known here",
    PLAIN.replace("> 5%", ">> 5%"): "line 4, filters.jump: found",
    PLAIN.replace("jump: change(close, 1d) > 5%", "jump: change(close, 1d)"): "filters.jump: found .* gives no truth",
    PLAIN.replace("[2d, 5d]", "[2x]"): "line 8, over.0: found",
    PLAIN + "group: a\nranks: {low: 1, high: 2}\n": "group and ranks both stand here",
    PLAIN + "ranks: {low: 0, high: 2}\n": "ranks.low: found",
    PLAIN + "ranks: {low: 3, high: 2}\n": "line 9, ranks: found ranks 3 to 2 are none",
    PLAIN + "position: .inf\n": "line 9, position: found input should be a finite number",
    PLAIN + "words: {close: volume}\n": "line 9, words: found close is a field of every stock",
    PLAIN.replace("[2d, 5d]", "[0d]"): "line 8, over: found 0d is no span; expected a span such as 21d, 3mo or 1y",
    PLAIN.replace("[2d, 5d]", "[99999999999d]"): "over: found 99999999999d is no span",
    PLAIN.replace("[2d, 5d]", "[5d, 5d]"): "over: found one span stands twice in 5d, 5d",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_files_that_are_wrong(text: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        parse(text, "x.yaml")


def test_news_become_tags_and_what_fits_nobody_is_said() -> None:
    panel = jumps()
    told = [News("C", panel.cut, "a contract"), News("C", panel.sessions[0], "old"), News("c", panel.cut, "x")]
    found = run_scan(panel, parse(PLAIN, "jumps.yaml"), news=told)
    assert found.hits[0].tags[-1] == f"{panel.cut}: a contract"
    assert not any("old" in tag for tag in found.hits[0].tags)
    assert "news of symbols that no member has: c" in found.warnings


def test_series_in_a_scan_are_known_before_it_runs() -> None:
    text = PLAIN.replace("score: change(close, 1d)", "score: change(close, 5d) - market")
    assert parse(text + "words: {market: 'change(SPY, 5d)'}\n", "x").series == ("SPY",)


def test_scans_by_name_and_by_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(source("sleepers").replace("title: Sleepers", "title: Mine"), encoding="utf-8")
    assert find(str(path)).title == "Mine"
    assert find("sleepers") == shipped("sleepers")
    with pytest.raises(RequestError, match="scan sleeper: found no such shipped scan; expected sleepers"):
        find("sleeper")
    with pytest.raises(RequestError, match="found No such file or directory"):
        find(str(tmp_path / "none.yaml"))
    assert set(schema()["required"]) == {"title", "filters", "score"}
    assert isinstance(find("sleepers"), Scan)
