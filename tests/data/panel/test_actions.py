"""Prices on the splits known at the cut."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.data.panel.build import read

from ..ledger.told import NOW, at, bars, day, part, split, tell  # noqa: TID252 - tests are no package

DAYS = ("07-08", "07-09", "07-10", "07-11", "07-12", "07-15", "07-16")
#: as traded, with two for one at the open of 10 July and three for one at the open of 15 July
TRADED = dict(zip(DAYS, [600.0, 606.0, 300.0, 303.0, 306.0, 101.0, 102.0], strict=True))
SPLITS = pl.concat([split("A", "07-10", 2.0), split("A", "07-15", 3.0)])


def shown(home: Path, cut: str, field: str = "close", series: str = "A") -> list[float]:
    values: list[float] = read(home, day(cut)).column(series, field).drop_nulls().to_list()
    return values


@pytest.mark.parametrize(
    ("cut", "closes", "volumes"),
    [
        ("07-09", [600.0, 606.0], [10.0, 10.0]),
        ("07-10", [300.0, 303.0, 300.0], [20.0, 20.0, 10.0]),
        ("07-12", [300.0, 303.0, 300.0, 303.0, 306.0], [20.0, 20.0, 10.0, 10.0, 10.0]),
        (
            "07-15",
            [100.0, 101.0, 100.0, 101.0, 102.0, 101.0],
            [60.0, 60.0, 30.0, 30.0, 30.0, 10.0],
        ),
    ],
)
@pytest.mark.parametrize("given_as", ["as traded", "adjusted to the end", "adjusted to 10 July"])
def test_prices_look_as_they_did_at_the_cut(
    tmp_path: Path, cut: str, closes: list[float], volumes: list[float], given_as: str
) -> None:
    """Whatever basis a source gives them on, the panel shows the one of the cut."""
    frame = bars("A", TRADED, "same", volume=10.0, open=list(TRADED.values()), high=1000.0, low=1.0)
    if given_as != "as traded":
        inside = (day("07-10"), day("07-15")) if given_as == "adjusted to the end" else (day("07-10"),)
        factor = pl.lit(1.0)
        for ex, ratio in zip(inside, (2.0, 3.0), strict=False):
            factor = factor * pl.when(pl.col("describes") < ex).then(1 / ratio).otherwise(1.0)
        basis = (
            pl.lit(day("07-16"))
            if given_as == "adjusted to the end"
            else pl.max_horizontal("describes", pl.lit(day("07-10")))
        )
        frame = frame.with_columns(
            *[pl.col(name) * factor for name in ("open", "high", "low", "close")],
            volume=pl.col("volume") / factor,
            adjusted_to=basis,
        )  # fmt: skip
    tell(tmp_path, part(frame, SPLITS))
    assert shown(tmp_path, cut) == pytest.approx(closes)
    assert shown(tmp_path, cut, "open") == pytest.approx(closes)
    assert shown(tmp_path, cut, "volume") == pytest.approx(volumes)


def test_a_history_rescaled_by_a_split_reads_through_it(tmp_path: Path) -> None:
    """Pulled twice, before and after a split that is given: each cut shows its own basis."""
    first = bars("A", {"07-08": 600.0, "07-09": 606.0})
    tell(tmp_path, part(first), at("07-09 21:00"))
    second = bars("A", {"07-08": 300.0, "07-09": 303.0, "07-10": 300.0, "07-11": 303.0})
    tell(tmp_path, part(second, split("A", "07-10", 2.0)), at("07-11 21:00"))
    assert shown(tmp_path, "07-09") == [600.0, 606.0]
    assert shown(tmp_path, "07-11") == [300.0, 303.0, 300.0, 303.0]
    assert read(tmp_path).notices == ()


def test_a_split_that_was_not_given_is_inferred_from_the_scale(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", {"07-08": 600.0, "07-09": 606.0})), at("07-09 21:00"))
    second = {"07-08": 300.0, "07-09": 303.0, "07-10": 300.0, "07-11": 303.0}
    tell(tmp_path, part(bars("A", second)), at("07-11 21:00"))
    assert shown(tmp_path, "07-09") == [600.0, 606.0]
    assert shown(tmp_path, "07-11") == [300.0, 303.0, 300.0, 303.0]
    told = "A: rescaled; taken as a split that was not given (2 rows, 2024-07-08 to 2024-07-09)"
    # the actions come later, with the true day: the split counts once
    tell(tmp_path, {"late": part(split("A", "07-11", 2.0))}, at("07-12 12:00"))
    assert shown(tmp_path, "07-11") == [300.0, 303.0, 300.0, 303.0]
    tell(tmp_path, part(bars("A", {**second, "07-12": 304.0})), at("07-12 21:00"))
    assert shown(tmp_path, "07-12") == [300.0, 303.0, 300.0, 303.0, 304.0]
    assert read(tmp_path).notices == (told,)


def test_a_restated_session_on_a_new_scale_does_not_jump(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", {"07-08": 600.0, "07-09": 606.0, "07-10": 610.0})), at("07-10 21:00"))
    tell(tmp_path, part(bars("A", {"07-08": 300.0, "07-09": 310.0, "07-10": 305.0})), at("07-11 11:00"))
    tell(tmp_path, part(bars("A", {"07-08": 300.0, "07-09": 310.0, "07-10": 305.0, "07-11": 306.0})), at("07-11 21:00"))
    assert shown(tmp_path, "07-10") == [600.0, 606.0, 610.0]
    assert shown(tmp_path, "07-11") == [300.0, 310.0, 305.0, 306.0]


def test_a_split_counts_from_when_it_was_known(tmp_path: Path) -> None:
    """A ratio that was put right afterwards, and a split that nobody knew at the cut."""
    tell(tmp_path, part(bars("A", TRADED, "same"), split("A", "07-10", 2.0)))
    tell(tmp_path, {"right": part(split("A", "07-10", 4.0))}, NOW + timedelta(days=2))
    tell(tmp_path, part(bars("A", {**TRADED, "07-26": 103.0}, "same")), NOW + timedelta(days=7))
    assert shown(tmp_path, "07-10")[:2] == [300.0, 303.0]
    assert shown(tmp_path, "07-26")[:2] == [150.0, 151.5]
    late = split("A", "07-12", 3.0, known="07-27 12:00")
    tell(tmp_path, {"late": part(late)}, NOW + timedelta(days=8))
    assert shown(tmp_path, "07-16")[:4] == [300.0, 303.0, 300.0, 303.0]


def test_total_stays_on_the_scale_of_the_first_pull(tmp_path: Path) -> None:
    """A dividend of 1 % goes ex on 10 July: the source lowers all its past, the total index goes on as it was."""
    tell(tmp_path, part(bars("A", {"07-08": 100.0, "07-09": 100.0}, adj_close=[100.0, 100.0])), at("07-09 21:00"))
    after = bars(
        "A", {"07-08": 100.0, "07-09": 100.0, "07-10": 99.0, "07-11": 99.0}, adj_close=[99.0, 99.0, 99.0, 99.0]
    )
    tell(tmp_path, part(after), at("07-11 21:00"))
    assert shown(tmp_path, "07-11", "total") == pytest.approx([100.0, 100.0, 100.0, 100.0])
    assert shown(tmp_path, "07-11") == [100.0, 100.0, 99.0, 99.0]
    assert read(tmp_path).notices == ()
    again = bars("A", dict.fromkeys(("07-08", "07-09", "07-10", "07-11", "07-12"), 99.0), adj_close=[49.5] * 4 + [50.0])
    tell(tmp_path, part(again.with_columns(close=pl.Series([100.0, 100.0, 99.0, 99.0, 100.0]))), at("07-12 21:00"))
    assert shown(tmp_path, "07-12", "total") == pytest.approx([100.0, 100.0, 100.0, 100.0, 100 * 50 / 49.5])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ratios=st.lists(st.tuples(st.sampled_from(DAYS[1:]), st.sampled_from([2.0, 3.0, 0.1, 1.5])), max_size=3,
                    unique_by=lambda pair: pair[0]),
    basis=st.sampled_from([*DAYS, None]),
    cut=st.sampled_from(DAYS),
)  # fmt: skip
def test_any_splits_against_a_loop(
    tmp_path_factory: pytest.TempPathFactory, ratios: list[tuple[str, float]], basis: str | None, cut: str
) -> None:
    """A naive loop: what was traded, divided by every split after the day and up to the cut."""
    home = tmp_path_factory.mktemp("splits")
    to = {one: max(one, basis) if basis else one for one in DAYS}

    def scaled(one: str, last: str) -> float:
        value = TRADED[one]
        for ex, ratio in ratios:
            value = value / ratio if one < ex <= last else value
        return value

    frame = bars("A", {one: scaled(one, to[one]) for one in DAYS}, "same")
    frame = frame.with_columns(adjusted_to=pl.Series([day(to[one]) for one in DAYS]))
    tables = [frame, *([pl.concat([split("A", ex, ratio) for ex, ratio in ratios])] if ratios else [])]
    tell(home, part(*tables))
    # the made-up basis may look like a spike: what was set apart is not there
    stored = read(home).bars.select("session").to_series().to_list()
    expected = [scaled(one, cut) for one in DAYS if one <= cut and day(one) in stored]
    assert shown(home, cut) == pytest.approx(expected)
