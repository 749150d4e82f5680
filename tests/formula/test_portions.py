"""Counts in parts and values that meet: the same as all members at once, to the last bit, in any parts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.formula import portions
from leadline.formula.catalogue import CATALOGUE
from leadline.formula.portions import Places, Taking, added, between, met, portion, split, told

DAYS = [date(2020, 1, 1) + timedelta(days=3 * at) for at in range(9)]
SESSIONS = pl.Series("session", DAYS)
OWN = pl.Series("own", [0.5, None, -1.0, 2.0, 0.0, None, 1.0, 0.25, -0.5])
CONDITIONS = ("share", "mean", "how_many", "members")
NUMBERS = ("mean", "median", "dispersion", "best", "worst", "advancing", "members", "leads", "rank", "share")
WEIGHED = ("weighted_mean", "weighted_share", "top_share")


def taking(name: str, each: str, beside: pl.Expr, own: pl.Series | None = None) -> Taking:
    entry = CATALOGUE[name]
    assert entry.aggregate is not None
    expr = entry.aggregate(pl.col(each), beside)
    if entry.tally is None:
        return Taking(expr, "own", own)
    adds = () if entry.tally.adds is None else entry.tally.adds(pl.col(each), beside)
    return Taking(expr, "own", own, entry.tally.asks(pl.col(each), beside), entry.tally.tells, adds)


def every_taking() -> list[Taking]:
    nothing = pl.lit(None)
    found = [taking(name, "truth", nothing) for name in CONDITIONS]
    for name in NUMBERS:
        compared = name in ("leads", "rank")
        found.append(taking(name, "x", pl.col("own") if compared else nothing, OWN if compared else None))
    found += [taking("weighted_mean", "x", pl.col("weight")), taking("weighted_share", "truth", pl.col("weight"))]
    return [*found, taking("top_share", "x", pl.lit(2))]


number = st.none() | st.sampled_from([0.0, -1.0, 1.0, 0.5, 1e-12]) | st.floats(-1e6, 1e6)
weight = st.none() | st.floats(-1.0, 1e9) | st.sampled_from([0.0, 3.0, 2.0**52])
row = st.tuples(st.integers(-1, 28), number, st.none() | st.booleans(), weight)
stocks = st.lists(st.lists(row, max_size=12), min_size=1, max_size=6)


def frame(stock: list[tuple[int, float | None, bool | None, float | None]]) -> pl.DataFrame:
    kinds = {"session": pl.Date, "x": pl.Float64, "truth": pl.Boolean, "weight": pl.Float64}
    rows = [(date(2020, 1, 1) + timedelta(days=day), *rest) for day, *rest in stock]
    return pl.DataFrame(rows, schema=kinds, orient="row")


def at_once(rows: pl.DataFrame, takings: list[Taking]) -> pl.DataFrame:
    """All members of each session, picked out one session after the other and taken as the catalogue says."""
    found: list[dict[str, object]] = []
    for at, day in enumerate(DAYS):
        members = rows.filter(pl.col("session") == day).with_columns(own=pl.lit(OWN[at], pl.Float64))
        members = members.with_columns(pl.col("session").set_sorted())  # a spread differs by a last bit without it
        taken = members.group_by("session").agg(**{f"value {of}": one.expr for of, one in enumerate(takings)})
        found.append(taken.row(0, named=True) if len(taken) else {"session": day})
    kinds = (
        rows.with_columns(own=0.0)
        .group_by("session")
        .agg(**{f"value {of}": one.expr for of, one in enumerate(takings)})
    )
    return pl.DataFrame(found, schema=kinds.schema)


def bits(found: pl.DataFrame) -> list[bytes]:
    columns = [column.cast(pl.Float64) for column in found.drop("session")]
    return [column.is_null().to_numpy().tobytes() + column.fill_null(0.0).to_numpy().tobytes() for column in columns]


def in_parts(parts: list[pl.DataFrame], takings: list[Taking], cuts: list[int]) -> pl.DataFrame:
    asked, places = split(takings, parts[0]), Places.of(SESSIONS)
    found = [portion(part, asked, places) for part in parts]
    sums = added([one.sums for one in found])
    asked = asked.settled(sums.whole)
    ranges = zip([0, *cuts], [*cuts, len(DAYS)], strict=True)
    taken = [met([between(one.rows, *bounds) for one in found], asked, SESSIONS[slice(*bounds)]) for bounds in ranges]
    return told(SESSIONS, sums, [pl.concat(taken)], asked)


@given(drawn=stocks, cuts=st.sets(st.integers(1, 8)), whole=st.booleans(), rounded=st.booleans())
@settings(deadline=None, max_examples=80)
def test_any_parts_are_the_same_as_all_members_at_once(
    drawn: list[list[tuple[int, float | None, bool | None, float | None]]],
    cuts: set[int],
    *,
    whole: bool,
    rounded: bool,
) -> None:
    takings, parts = every_taking(), [frame(stock) for stock in drawn]
    if rounded:
        parts = [part.with_columns(pl.col("weight").round()) for part in parts]
    rows = pl.concat(parts)
    found = in_parts([rows] if whole else parts, takings, sorted(cuts))
    wanted = at_once(rows, takings)
    assert found["session"].to_list() == DAYS
    for at, (one, other) in enumerate(zip(bits(found), bits(wanted), strict=True)):
        assert one == other, f"{takings[at].expr}"
    assert found.drop("session").dtypes == wanted.drop("session").dtypes


def test_what_only_counts_and_what_must_meet() -> None:
    found = split(every_taking(), frame([]))
    names = [*CONDITIONS, *NUMBERS, *WEIGHED]
    counted = {names[at] for at in found.counted}
    assert counted == {"share", "mean", "how_many", "members", "advancing", "leads", "rank", "weighted_share"}
    assert {names[at] for at in found.adding} == {"weighted_share"}
    meeting = sorted(names[int(name.removeprefix("value "))] for name in found.meeting)
    assert meeting == sorted(["mean", "share", "median", "dispersion", "best", "worst", "weighted_mean", "top_share"])
    assert found.columns == ["x", "weight"]
    assert found.late.columns == ["truth", "weight"]


def test_counts_by_hand() -> None:
    rows = frame([(0, 1.0, True, None), (0, 2.0, None, None), (0, 3.0, False, None), (2, 1.0, True, None)])
    takings = [taking("share", "truth", pl.lit(None)), taking("members", "x", pl.lit(None))]
    asked = split(takings, rows)
    one = portion(rows, asked, Places.of(SESSIONS))
    assert one.sums.counts[0, :, 0].tolist() == [1, 2]  # the condition holds of one of the two of which it is known
    assert one.sums.counts[1, 0].tolist() == [3, 0, 0, 0, 0, 0, 0, 0, 0]  # the third of January is no session
    found = told(SESSIONS, added([one.sums, one.sums]), [], asked)
    assert found["value 0"].to_list() == [0.5, *[None] * 8]
    assert found["value 1"].to_list() == [6, *[None] * 8]


@pytest.mark.parametrize(
    ("weights", "exact", "wanted"),
    [
        ((10.0, 30.0, None, 20.0), True, 0.25),  # of the fourth it is not known whether it rose
        ((10.0, 30.0, -5.0, 20.0), True, 0.25),  # a weight below zero does not count
        ((0.5, 1.5, 2.0, 20.0), False, 0.625),
        ((2.0**52, 2.0**52 - 1, None, None), True, 2**52 / (2**53 - 1)),
        ((2.0**52, 2.0**52, None, None), False, 0.5),  # each part is below 2**53, but not their total
        ((float("inf"), 1.0, None, None), False, float("nan")),
    ],
)
def test_weights_are_added_up_where_they_are_whole(
    weights: tuple[float | None, ...], *, exact: bool, wanted: float
) -> None:
    truths = (True, False, True, None)
    parts = [frame([(0, None, truth, weight)]) for truth, weight in zip(truths, weights, strict=True)]
    takings = [taking("weighted_share", "truth", pl.col("weight")), taking("median", "x", pl.lit(None))]
    asked = split(takings, parts[0])
    sums = added([portion(part, asked, Places.of(SESSIONS)).sums for part in parts])
    assert bool(sums.whole.all()) == exact
    assert set(asked.settled(sums.whole).meeting) == ({"value 1"} if exact else {"value 0", "value 1"})
    assert set(asked.unsettled(sums.whole).meeting) == (set() if exact else {"value 0"})
    found = in_parts(parts, takings, [])["value 0"]
    assert found[0] == pytest.approx(wanted, rel=0, abs=0, nan_ok=True)
    assert found[1:].null_count() == 8


def test_few_rows_meet_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    parts = [
        pl.DataFrame({"session": DAYS, "x": rng.normal(size=9), "truth": rng.random(9) > 0.5, "weight": rng.random(9)})
        for _ in range(7)
    ]
    wanted = in_parts(parts, every_taking(), [])
    monkeypatch.setattr(portions, "MEET_ROWS", 10)  # a session has seven
    assert bits(in_parts(parts, every_taking(), [4])) == bits(wanted)


def test_no_sessions_at_all() -> None:
    places = Places.of(SESSIONS.clear())
    asked = split(every_taking(), frame([]))
    one = portion(frame([(0, 1.0, True, 1.0)]), asked, places)
    found = told(SESSIONS.clear(), one.sums, [met([one.rows], asked, SESSIONS.clear())], asked)
    assert len(found) == 0
    assert len(found.columns) == 1 + len(every_taking())
