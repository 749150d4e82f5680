"""The score of past cards by hand: hits, misses, open ones, Brier against the base rate, and the tallies of regimes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import PRICE_FIELDS, Panel, SeriesFact
from leadline.judgement.playbook.card import read_card
from leadline.judgement.playbook.document import as_json
from leadline.judgement.playbook.read import parse
from leadline.judgement.walkforward.record import Said, said_by, said_in
from leadline.judgement.walkforward.score import score

BOOK = """title: Mine
roles:
  small: {series: IWM, label: Small caps}
  large: {series: SPY, label: Large caps}
sizes: [small, large]
ratio: {numerator: small, denominator: large}
features: {last: "change(small, 1d)"}
regimes:
  - {name: only, action: Wait, recommendation: Wait., timeframe: weeks, risk: low}
"""
DAYS = [date(2024, 7, day) for day in (5, 8, 9, 10, 11, 12, 15, 16)]
#: the ratio: up 10 % every session, then down 10 % from the fifth on
CLOSES = {"IWM": [1.0, 1.1, 1.21, 1.331, 1.4641, 1.31769, 1.185921, 1.0673289], "SPY": [1.0] * 8}


def _world() -> Panel:
    missing = {name: pl.Series([None] * 8, dtype=pl.Float64) for name in PRICE_FIELDS}
    bars = [pl.DataFrame({"series": [name] * 8, "session": DAYS, **missing, "close": x}) for name, x in CLOSES.items()]
    empty = pl.DataFrame(schema={"series": pl.String, "session": pl.Date, "group": pl.String})
    return Panel(
        cut=DAYS[-1],
        instant=datetime(2024, 7, 16, 20, tzinfo=UTC),
        version=1,
        sessions=pl.Series("session", DAYS),
        months=pl.DataFrame(schema={"label": pl.Date, "session": pl.Date}),
        series={
            name: SeriesFact(name, name, "bars", "session", "price", "files", "x", ("close",), DAYS[0], DAYS[-1], 8)
            for name in CLOSES
        },
        bars=pl.concat(bars),
        observations=empty,
        events=empty,
        members=empty,
    )


WORLD = _world()
RULES = parse(BOOK, "mine.yaml")


def said(row: int, probability: float | None, **more: object) -> Said:
    told = {"horizon": "2d", "base_rate": 0.5, "regime": "calm", "action": "Wait", "leans": None} | more
    return Said(DAYS[row], probability=probability, **told)  # type: ignore[arg-type]


def test_hits_misses_and_open_ones_by_hand() -> None:
    """Rows 0 to 2 end 21 % up; row 3 ends 1 % down; row 4 19 % down; row 7 is still open."""
    (found,) = score(
        [
            said(0, 0.8),
            said(1, 0.3),
            said(3, 0.9, regime="wild"),
            said(4, 0.2, regime="wild"),
            said(2, 0.5),
            said(7, 0.9),
        ],
        WORLD,
        RULES,
    )
    assert [one.said.as_of for one in found.hits] == [DAYS[0], DAYS[4]]
    assert [one.said.as_of for one in found.misses] == [DAYS[1], DAYS[3]]  # the one that cost more first
    assert [one.said.as_of for one in found.unsided] == [DAYS[2]]
    assert [one.said.as_of for one in found.open] == [DAYS[7]]
    assert found.misses[0].outcome == pytest.approx(0.21)
    assert found.brier == pytest.approx((0.04 + 0.49 + 0.81 + 0.04 + 0.25) / 5)
    assert found.base_brier == pytest.approx(0.25)
    assert found.skill == pytest.approx(1 - (1.63 / 5) / 0.25)
    tallies = {one.name: one for one in found.regimes}
    assert (tallies["calm"].n, tallies["calm"].mean, tallies["calm"].above) == (3, pytest.approx(0.21), 1.0)
    assert (tallies["wild"].n, tallies["wild"].above) == (2, 0.0)
    assert tallies["wild"].effective_n == pytest.approx(4 / 3)
    assert [one.n for one in found.actions] == [5]
    assert found.misses[1].sentence == (
        f"{DAYS[3]}, wild: 90 % that small caps beat large caps over 2 sessions; -1.0 % followed: miss"
    )
    assert found.sentence.startswith("over 2 sessions: 2 misses, 2 hits, 1 open; skill against the base rate -30.4 %")


def test_the_side_is_the_actions_and_the_base_rate_takes_none() -> None:
    told = [
        said(0, 0.5, leans="denominator"),
        said(1, 0.6, base_rate=0.6),
        said(2, None),
        said(4, None, leans="denominator"),
    ]
    (found,) = score(told, WORLD, RULES)
    assert [one.said.as_of for one in found.misses] == [DAYS[0]]
    assert [one.said.as_of for one in found.hits] == [DAYS[4]]
    assert [one.said.as_of for one in found.unsided] == [DAYS[1], DAYS[2]]
    assert found.hits[0].error is None
    assert found.brier == pytest.approx((0.25 + 0.16) / 2)


def test_of_two_cards_of_a_day_the_later_one_counts_and_horizons_stand_apart() -> None:
    found = score([said(0, 0.2), said(0, 0.8), said(0, 0.2, horizon="1d")], WORLD, RULES)
    assert [one.horizon for one in found] == ["1d", "2d"]
    assert [len(one.misses) for one in found] == [1, 0]


def test_nothing_to_score_yet() -> None:
    (found,) = score([said(7, 0.8)], WORLD, RULES)
    assert (found.brier, found.skill, found.low) == (None, None, None)
    assert found.sentence == "over 2 sessions: 0 misses, 0 hits, 1 open; no probability can be scored yet"
    assert score([], WORLD, RULES) == ()
    with pytest.raises(RequestError, match="the score of a card as of 1999-01-01: found no session on or before it"):
        score([Said(date(1999, 1, 1), "2d", 0.8, 0.5, "calm", "Wait")], WORLD, RULES)


def test_what_a_card_said() -> None:
    card = read_card(WORLD, RULES)
    told = said_by(card, "abc")
    assert [(one.as_of, one.horizon, one.regime, one.card) for one in told] == [
        (DAYS[-1], "21d", "only", "abc"),
        (DAYS[-1], "63d", "only", "abc"),
    ]
    assert [one.probability for one in told] == [None, None]
    assert said_in(as_json(card), "abc") == told
    with pytest.raises(DataError, match="a stored card: found a document without 'chances'"):
        said_in({"as_of": "2024-07-16"})
