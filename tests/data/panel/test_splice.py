"""Gaps between vintages: a change over the edge of a gap is not a change of the file."""

from __future__ import annotations

from pathlib import Path

from leadline.data.panel.build import read

from ..ledger.told import bars, day, events, observations, part, tell  # noqa: TID252 - tests are no package

JOBS = "FRED:PAYEMS"
PRICES = part(bars("SPY", {f"2023-{m:02d}-28": 1.0 for m in range(1, 13) if m not in (1, 5, 10)} | {"2024-01-29": 1.0}))
#: the vintages know January to March on the old basis (100), stop, and come back in December with all of them
OLD = [("2023-01-01", "2023-02-28 13:30", 100.0), ("2023-02-01", "2023-03-28 13:30", 101.0)]
OLD += [("2023-03-01", "2023-04-28 13:30", 102.0)]
BACK = [(f"2023-{m:02d}-01", "2023-12-28 13:30", 100.0 + m) for m in range(4, 12)]
#: the newest file is on another basis: 1000 more
LAG = [(f"2023-{m:02d}-01", f"2023-{m + 1:02d}-10 13:30", 1099.0 + m) for m in range(1, 12)]


def _home(tmp_path: Path) -> Path:
    vintages = part(observations(JOBS, [*OLD, *BACK]), frequency="month")
    latest = part(observations(JOBS, LAG, "lag"), frequency="month", note="assumed")
    tell(tmp_path, {"p": PRICES, "v": vintages, "l": latest})
    return tmp_path


def _known(home: Path, cut: str) -> dict[str, float]:
    frame = read(home, day(cut)).as_known(JOBS)
    return {f"{d:%m}": value for d, value in frame.select("describes", "value").iter_rows()}


def test_at_the_edge_of_a_gap_the_months_before_are_restated_from_the_same_file(tmp_path: Path) -> None:
    home = _home(tmp_path)
    assert _known(home, "2023-04-28") == {"01": 100.0, "02": 101.0, "03": 102.0}
    in_gap = _known(home, "2023-06-28")
    assert in_gap == {"01": 1100.0, "02": 1101.0, "03": 1102.0, "04": 1103.0, "05": 1104.0}
    assert in_gap["04"] - in_gap["03"] == 1.0  # the change of the file itself, not 1,001


def test_after_the_gap_the_vintages_rule_again_also_where_they_did_not_change(tmp_path: Path) -> None:
    after = _known(_home(tmp_path), "2024-01-29")
    assert {month: after[month] for month in ("01", "02", "03", "04", "11")} == {
        "01": 100.0,
        "02": 101.0,
        "03": 102.0,
        "04": 104.0,
        "11": 111.0,
    }


def test_the_restated_months_are_assumptions(tmp_path: Path) -> None:
    panel = read(_home(tmp_path), day("2023-06-28"))
    assert set(panel.as_known(JOBS)["known_by"]) == {"lag"}


def test_a_vintage_of_a_vague_date_is_known_on_the_day_of_its_release(tmp_path: Path) -> None:
    """The monthly file of June holds May's jobs, which came out on the seventh."""
    rows = [("2024-04-01", "2024-05-31 12:30", 10.0), ("2024-04-01", "2024-06-28 12:30", 9.0)]
    rows += [("2024-05-01", "2024-06-28 12:30", 11.0)]
    out = events("EMPLOYMENT", [("2024-06-07", "2024-06-07 12:30", "release", "2024-05-01")])
    prices = part(bars("SPY", {"2024-05-31": 1.0, "2024-06-06": 1.0, "2024-06-07": 1.0}))
    tell(tmp_path, {"p": prices, "e": part(out), "v": part(observations(JOBS, rows), frequency="month")})
    before = read(tmp_path, day("2024-06-06")).as_known(JOBS)
    on_the_day = read(tmp_path, day("2024-06-07")).as_known(JOBS)
    assert before["value"].to_list() == [10.0]
    assert on_the_day["value"].to_list() == [9.0, 11.0]


def test_a_vintage_that_names_a_month_stands_at_the_stated_lag(tmp_path: Path) -> None:
    """Starts of May come out about 20 June; the file of June must not hide them until its end. And it is said."""
    rows = [("2024-04-01", "2024-05-31 12:30", 10.0), ("2024-04-01", "2024-06-28 12:30", 9.0)]
    rows += [("2024-05-01", "2024-06-28 12:30", 11.0)]
    prices = part(bars("SPY", {"2024-05-31": 1.0, "2024-06-18": 1.0, "2024-06-20": 1.0}))
    tell(
        tmp_path, {"p": prices, "v": part(observations("FRED:HOUST", rows, "month"), frequency="month", note="assumed")}
    )
    assert read(tmp_path, day("2024-06-18")).as_known("FRED:HOUST")["value"].to_list() == [10.0]
    panel = read(tmp_path, day("2024-06-20"))
    assert panel.as_known("FRED:HOUST").select("value", "known_by").rows() == [(9.0, "lag"), (11.0, "lag")]
    assert panel.series["FRED:HOUST"].assumed == "assumed"
