"""The promises of the formula language, over the whole catalogue and over random formulas.

A formula cannot look ahead; text and tree are one; inputs are not changed; the same input gives the same bytes; prices
may be scaled; ratios may be turned over; what is missing stays missing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leadline.core.errors import DataError, RequestError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel
from leadline.formula import CATALOGUE, FormulaError, Node, evaluate, evaluate_many, parse, series

from ..formula.panels import NAMES, plain, walk, weekdays, world  # noqa: TID252 - tests are no package
from .formulas import FORMULAS, column, scaled, tampered

SESSIONS = 150
INSIDE = [entry for entry in CATALOGUE.values() if not entry.outcome]
CUTS = st.integers(20, SESSIONS - 2)
LAW = settings(
    max_examples=260, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@cache
def small() -> Panel:
    """A panel of everything, short enough for hundreds of evaluations."""
    return world(SESSIONS)


@cache
def large() -> Panel:
    """A panel of everything on which every example of the catalogue has values."""
    return world(420)


def same(a: list[object] | None, b: list[object] | None) -> bool:
    """Equal, missing for missing; bit for bit. A panel that cannot answer has nothing but missing values.

    A panel that does not know a name yet (a group that began later) refuses, which says nothing about values.
    """
    if a is None or b is None:
        return True
    if not a or not b:
        return all(one is None for one in [*a, *b])
    return len(a) == len(b) and all(x == y or (x is None and y is None) for x, y in zip(a, b, strict=True))


def axis_of(formula: Node | str, panel: Panel) -> str:
    """The axis of a formula that fits the panel; other formulas are not what a law is about."""
    try:
        return evaluate(formula, panel, NAMES).axis
    except DataError:
        return "session"
    except RequestError:
        assume(condition=False)
    return "session"


@given(FORMULAS, CUTS)
@LAW
def test_cutting_the_future_off_changes_nothing(formula: Node, at: int) -> None:
    panel = small()
    cut = panel.sessions[at]
    axis = axis_of(formula, panel)
    short = panel.truncate(cut)
    upto = cut if axis == "session" else max([cut, *short.months["label"].tail(1)])
    assume(axis == "session" or len(short.months))
    whole = column(formula, panel, NAMES, upto=upto)
    known = column(formula, short, NAMES)
    assert same(known, whole)


@given(FORMULAS, CUTS, st.integers(0, 100))
@LAW
def test_tampering_with_the_future_changes_nothing(formula: Node, at: int, seed: int) -> None:
    panel = small()
    cut = panel.sessions[at]
    assume(axis_of(formula, panel) == "session")
    assert same(column(formula, panel, NAMES, upto=cut), column(formula, tampered(panel, cut, seed), NAMES, upto=cut))


@given(FORMULAS)
@settings(LAW, max_examples=300)
def test_text_and_tree_are_one(formula: Node) -> None:
    assert parse(str(formula)) == formula
    assert str(parse(str(formula))) == str(formula)


@given(FORMULAS)
@settings(LAW, max_examples=60)
def test_the_same_input_gives_the_same_bytes(formula: Node) -> None:
    axis_of(formula, small())
    assert column(formula, small(), NAMES) == column(formula, world(SESSIONS), NAMES)


@given(st.text(max_size=60) | st.text("()+-*/<>=%.,\"' abcdIWMSPY0123459^:_", max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except FormulaError:
        return
    assert parse(str(tree)) == tree


@pytest.mark.parametrize("entry", INSIDE, ids=lambda entry: entry.name)
def test_no_function_of_the_catalogue_looks_ahead(entry: object) -> None:
    formula, panel = entry.example, large()  # type: ignore[attr-defined]
    whole = evaluate(formula, panel, NAMES).frame
    for at in (3, 60, 200, 330, 418):
        cut = panel.sessions[at]
        before = whole.filter(pl.col("session") <= cut)["value"].to_list()
        assert same(column(formula, panel.truncate(cut), NAMES), before), f"{formula} cut at {cut}"
        assert same(column(formula, tampered(panel, cut, at), NAMES, upto=cut), before), f"{formula} tampered at {cut}"


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_every_entry_is_whole_and_its_example_runs(entry: object) -> None:
    from leadline.formula import FunctionEntry

    assert isinstance(entry, FunctionEntry)
    assert all((entry.what, entry.warm_up, entry.gaps, entry.source, entry.family))
    assert f"{entry.name}(" in entry.example
    assert sum(one is not None for one in (entry.run, entry.aggregate, entry.stands_for)) == 1
    assert all(argument.what and argument.kinds for argument in entry.arguments)
    found = evaluate(entry.example, large(), NAMES, outcomes=True)
    assert found.frame["value"].null_count() < len(found.frame)
    assert str(parse(entry.example)) == entry.example
    for argument in entry.arguments:
        assert f"{argument.name}=" in argument.said() or argument.name in argument.said() or argument.words


def whole_panel() -> Panel:
    """The large panel with no missing price."""
    panel = large()
    axis = panel.sessions.alias("session").to_frame()
    daily = panel.bars.filter(pl.col("series").str.starts_with("KF:").not_())
    names = daily.select(pl.col("series").unique(maintain_order=True))
    full = names.join(axis, how="cross").join(daily, on=["series", "session"], how="left")
    full = full.with_columns(pl.exclude("series", "session").forward_fill().backward_fill().over("series"))
    monthly = panel.bars.filter(pl.col("series").str.starts_with("KF:"))
    return replace(panel, bars=pl.concat([full.select(monthly.columns), monthly]).sort("series", "session"))


@pytest.mark.parametrize("entry", INSIDE, ids=lambda entry: entry.name)
def test_the_history_said_to_be_needed_is_needed(entry: object) -> None:
    found = evaluate(entry.example, whole_panel(), NAMES)  # type: ignore[attr-defined]
    first = found.frame["value"].is_not_null().arg_max()
    assert first is not None
    counts_observations = entry.family == "macro"  # type: ignore[attr-defined]
    joined = " and " in (entry.stands_for or "")  # type: ignore[attr-defined] # false as soon as one side is false
    assert first >= found.needs.history or counts_observations or joined
    if entry.family in ("averages", "oscillators", "together"):  # type: ignore[attr-defined]
        assert first == found.needs.history


@pytest.mark.parametrize("entry", INSIDE, ids=lambda entry: entry.name)
def test_evaluating_changes_no_input(entry: object) -> None:
    panel = world(150)
    before = (panel.bars.clone(), panel.observations.clone(), panel.members.clone(), panel.sessions.clone())
    column(entry.example, panel, NAMES)  # type: ignore[attr-defined]
    assert panel.bars.equals(before[0])
    assert panel.observations.equals(before[1])
    assert panel.members.equals(before[2])
    assert panel.sessions.equals(before[3])


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_scaling_prices_scales_prices_and_nothing_else(entry: object) -> None:
    formula = entry.example.replace("100", "100 * SPY / SPY")  # type: ignore[attr-defined]
    if "100" in formula:
        formula = "last_above(IWM, SPY)"
    plainly = evaluate(formula, large(), NAMES, outcomes=True)
    larger = evaluate(formula, scaled(large(), 8.0), NAMES, outcomes=True)
    factor = 8.0 if plainly.unit is Unit.PRICE else 1.0
    a, b = plainly.frame["value"], larger.frame["value"]
    if a.dtype == pl.Float64:
        np.testing.assert_allclose(b.to_numpy(), a.to_numpy() * factor, rtol=1e-7, atol=1e-12)
    else:
        assert a.equals(b)


TURNED = {
    "(1 + change(A / B, 6d)) * (1 + change(B / A, 6d))": 1.0,
    "highest(A / B, 20d) * lowest(B / A, 20d)": 1.0,
    "log(A / B) + log(B / A)": 0.0,
    "ema(log(A / B), 10d) + ema(log(B / A), 10d)": 0.0,
    "rsi(log(A / B), 14d) + rsi(log(B / A), 14d)": 100.0,
    "zscore(log(A / B), 20d) + zscore(log(B / A), 20d)": 0.0,
    "corr(log(A / B), log(B / A), 20d)": -1.0,
}


@pytest.mark.parametrize(("formula", "wanted"), TURNED.items())
def test_turning_a_ratio_over_flips_what_must_flip(formula: str, wanted: float) -> None:
    found = evaluate(formula, plain({"A": walk("A", 200).tolist(), "B": walk("B", 200).tolist()})).frame["value"]
    assert found.null_count() < 25
    np.testing.assert_allclose(found.drop_nulls().to_numpy(), wanted, rtol=1e-7, atol=1e-7)


def test_turning_a_ratio_over_flips_conditions() -> None:
    panel = plain({"A": walk("A", 200).tolist(), "B": walk("B", 200).tolist()})
    pairs = [
        ("streak(change(A / B, 1d) > 0)", "streak(change(B / A, 1d) < 0)"),
        ("crosses_above(A, B)", "crosses_below(B, A)"),
        ("since_high(A / B)", "since_high(-(B / A))"),
        ("not A > B", "B >= A"),
    ]
    for left, right in pairs:
        one, other = evaluate_many((left, right), panel)
        assert one.frame.equals(other.frame), left


CARRIED = {"sessions_since", "last", "last_above", "weekly", "monthly", "calendar_change"}  # say so in their entries


@pytest.mark.parametrize("entry", INSIDE, ids=lambda entry: entry.name)
def test_a_missing_session_is_missing_and_never_zero(entry: object) -> None:
    """The series of the example have no value on ten sessions: nothing has one there, unless it says it carries on."""
    name, formula = entry.name, entry.example  # type: ignore[attr-defined]
    panel = large()
    days = weekdays(420)[250:260]
    holed = panel.bars.filter(~pl.col("session").is_in(days))
    known = panel.observations.filter(~pl.col("session").is_in(days))
    daily = [key for key, fact in panel.series.items() if fact.kind == "bars"]
    if "FRED" in formula or name in CARRIED or not any(key in formula for key in (*daily, "sectors")):
        return
    found = evaluate(formula, replace(panel, bars=holed, observations=known), NAMES).frame
    assert found.filter(pl.col("session").is_in(days))["value"].to_list() == [None] * len(
        [day for day in days if day in set(panel.sessions)]
    )


@given(st.sampled_from(["+", "-", "*", "/", ">", "<", "=="]), st.lists(st.booleans(), min_size=5, max_size=5))
@settings(max_examples=40, deadline=None)
def test_what_meets_something_missing_is_missing(operator: str, there: list[bool]) -> None:
    panel = plain({"A": [5.0 if one else None for one in [*there, True]], "B": [7.0] * 6})
    found = evaluate(parse(f"A {operator} B"), panel).frame["value"].to_list()
    assert [one is None for one in found] == [not one for one in [*there, True]]


def test_a_date_is_not_a_session_of_the_future() -> None:
    panel = small()
    later = panel.cut.replace(year=panel.cut.year + 1)
    assert column(f"change(IWM, from={later})", panel, NAMES) == [None] * SESSIONS
    assert str(series("IWM")) == "IWM"
    assert isinstance(later, date)
