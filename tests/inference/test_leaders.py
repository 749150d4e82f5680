"""Persistence over a panel, against loops over single dates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.core.units import Unit
from leadline.formula.errors import FormulaError
from leadline.formula.names import Names
from leadline.inference.leaders import PersistenceAnswer, leaders

from ..formula.panels import Maker, weekdays  # noqa: TID252 - tests are no package

Column = list[float | None]
GROUP = ("AA", "BB", "CC", "DD")


def columns(rows: int, holes: float = 0.05, momentum: float = 0.0, stream: str = "leaders") -> dict[str, Column]:
    rng = generator(f"test {stream} {rows}")
    found: dict[str, Column] = {}
    for at, name in enumerate(GROUP):
        drift = momentum * (at - 1.5)
        prices = 100 * np.exp(np.cumsum(rng.normal(drift, 0.02, rows)))
        gone = rng.random(rows) < holes
        found[name] = [None if hole else float(price) for price, hole in zip(prices, gone, strict=True)]
    return found


def daily(prices: dict[str, Column], field: str = "close") -> Maker:
    maker = Maker(weekdays(len(next(iter(prices.values())))))
    for name, column in prices.items():
        maker.price(name, **{field: column})
    return maker


def moved(column: Column, start: int, end: int) -> float | None:
    if start < 0 or end >= len(column):
        return None
    first, last = column[start], column[end]
    return None if first is None or last is None else last / first - 1


def naive(prices: dict[str, Column], back: int, ahead: int, rows: list[int]) -> list[tuple[float, float, float, float]]:
    """Date by date: led again, one in the members, slope, leader less the rest."""
    found = []
    for row in rows:
        pairs = []
        for column in prices.values():
            past, then = moved(column, row - back, row), moved(column, row, row + ahead)
            if past is not None and then is not None:
                pairs.append((past, then))
        if len(pairs) < 3:
            continue
        best = max(pairs)
        again = float(best[1] == max(then for _, then in pairs))
        rest = [then for past, then in pairs if past != best[0]]
        slope = np.polyfit([past for past, _ in pairs], [then for _, then in pairs], 1)[0]
        found.append((again, 1 / len(pairs), float(slope), best[1] - sum(rest) / len(rest)))
    return found


def numbers(answer: PersistenceAnswer) -> list[float]:
    by_name = {view.name: view for view in answer.views}
    first = by_name["leads again"]
    return [first.estimate, first.chance, by_name["slope"].estimate, by_name["top minus rest"].estimate]  # type: ignore[list-item]


@pytest.mark.parametrize(("back", "ahead"), [(5, 5), (3, 10)])
def test_every_date_is_the_loop_over_dates(back: int, ahead: int) -> None:
    prices = columns(120)
    answer = leaders(daily(prices).panel(), GROUP, f"change(close, {back}d)", f"{ahead}d")
    expected = naive(prices, back, ahead, list(range(120)))
    assert answer.every.dates == len(expected)
    assert numbers(answer) == pytest.approx(np.mean(expected, axis=0).tolist())
    assert answer.axis == "session"
    assert answer.horizon == f"{ahead}d"
    assert answer.unit is Unit.RETURN


def test_dates_a_whole_horizon_apart_end_with_the_last_that_is_known() -> None:
    prices = columns(100, holes=0.0)
    answer = leaders(daily(prices).panel(), GROUP, "change(close, 5d)", "10d")
    rows = [9, 19, 29, 39, 49, 59, 69, 79, 89]  # 89 + 10 is the last row; 9 is the first with five before it
    expected = np.mean(naive(prices, 5, 10, rows), axis=0)
    assert answer.separate is not None
    assert answer.separate.dates == 9
    assert answer.separate.leads_next.share == pytest.approx(expected[0])
    assert answer.separate.top_minus_rest is not None
    assert answer.separate.top_minus_rest.mean == pytest.approx(expected[3])
    days = weekdays(100)
    assert (answer.since, answer.until) == (days[5], days[89])


def test_months_are_counted_in_months() -> None:
    prices = columns(40, holes=0.0)
    maker = Maker(weekdays(40 * 22, date(2014, 1, 1)))
    labels = maker.months()["label"].to_list()[:40]
    short = len(maker.months()) - 40
    for name, column in prices.items():
        maker.price(name, "month", total=[*column, *[None] * short])
    answer = leaders(maker.panel(), GROUP, "change(total, 3mo)", "3mo")
    expected = naive(prices, 3, 3, list(range(40)))
    assert numbers(answer) == pytest.approx(np.mean(expected, axis=0).tolist())
    assert (answer.axis, answer.horizon, answer.following) == ("month", "3mo", "total")
    assert answer.until == labels[36]


def test_momentum_that_is_there_is_found_and_none_is_not() -> None:
    drifting = leaders(daily(columns(2500, 0.0, 0.004)).panel(), GROUP, "change(close, 21d)", "21d")
    walking = leaders(daily(columns(2500, 0.0, 0.0)).panel(), GROUP, "change(close, 21d)", "21d")
    assert {view.verdict for view in drifting.views if view.name != "slope"} == {"supported"}
    assert "supported" not in {view.verdict for view in walking.views}
    for view in (*drifting.views, *walking.views):
        assert view.adjusted_p is not None
        assert view.p is not None
        assert view.adjusted_p >= view.p


def test_few_separate_periods_say_so() -> None:
    answer = leaders(daily(columns(80, 0.0, 0.01)).panel(), GROUP, "change(close, 5d)", "10d")
    assert {view.verdict for view in answer.views} == {"too few to say"}
    assert {view.separate for view in answer.views} == {7}


def test_standing_is_the_strength_at_the_cut_and_total_is_followed_where_it_is_measured() -> None:
    prices = columns(60, holes=0.0)
    maker = daily(prices, "total").price("EE", close=prices["AA"])
    answer = leaders(maker.panel(), (*GROUP, "EE"), "change(total, 21d)", "5d")
    expected = sorted(
        ((name, moved(column, 38, 59)) for name, column in prices.items()), key=lambda one: -(one[1] or 0)
    )
    assert [name for name, _ in answer.standing] == [name for name, _ in expected]
    assert [value for _, value in answer.standing] == pytest.approx([value for _, value in expected])
    assert answer.following == "total"
    assert answer.members == GROUP
    assert any(said.startswith("EE is left out") for said in answer.warnings)


def test_roles_and_expressions_may_be_members() -> None:
    prices = columns(90, holes=0.0)
    names = Names(roles={"small": "AA"})
    maker = daily(prices)
    answer = leaders(maker.panel(), ("small", "BB/CC", "DD"), "change(close, 5d)", "5d", names)
    ratio = [b / c for b, c in zip(prices["BB"], prices["CC"], strict=True)]  # type: ignore[operator]
    expected = naive({"a": prices["AA"], "r": [*ratio], "d": prices["DD"]}, 5, 5, list(range(90)))
    assert numbers(answer) == pytest.approx(np.mean(expected, axis=0).tolist())


def test_cutting_the_future_changes_no_date_that_was_over() -> None:
    panel = daily(columns(150)).panel()
    cut = panel.truncate(panel.sessions[119])
    whole = leaders(panel, GROUP, "change(close, 5d)", "5d")
    part = leaders(cut, GROUP, "change(close, 5d)", "5d")
    assert part.until < whole.until
    assert part.every.dates == len(naive({k: v[:120] for k, v in columns(150).items()}, 5, 5, list(range(120))))


@pytest.mark.parametrize(
    ("by", "next_", "error", "match"),
    [
        ("change(AA, 5d)", "5d", RequestError, "the same number for every member"),
        ("change(close, 5d) - mean(all, change(close, 5d))", "5d", RequestError, "a group function"),
        ("close > sma(close, 5d)", "5d", RequestError, "a truth"),
        ("change(close, 5d)", "soon", RequestError, "horizon soon"),
        ("chnage(close, 5d)", "5d", FormulaError, "change"),
        ("change(close, 55d)", "10d", DataError, "0 dates on which 3 members"),
        ("change(volume, 5d)", "5d", DataError, "0 of 4 members with the data"),
    ],
)
def test_what_cannot_be_asked_is_said(by: str, next_: str, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        leaders(daily(columns(60)).panel(), GROUP, by, next_, Names(groups={"all": GROUP}))


def test_two_members_are_no_race_and_two_axes_no_group() -> None:
    maker = daily(columns(60))
    with pytest.raises(DataError, match="at least 3 members"):
        leaders(maker.panel(), GROUP[:2], "change(close, 5d)", "5d")
    maker.price("MM", "month", close=[1.0] * len(maker.months()))
    with pytest.raises(RequestError, match="both axes"):
        leaders(maker.panel(), (*GROUP, "MM"), "change(close, 1mo)", "1mo")
