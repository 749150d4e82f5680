"""Laws of the panel: reading at a cut never depends on what was known later; cutting a panel is reading earlier."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.calendar import load_sessions
from leadline.core.errors import DataError
from leadline.data.feeds.contract import Part
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel

from ..ledger.told import (  # noqa: TID252 - tests are no package
    NOW,
    Told,
    at,
    bars,
    day,
    events,
    members,
    observations,
    part,
    split,
    stocks,
    tell,
)

SESSIONS = [
    one for one in load_sessions(date(2024, 12, 31)).days.tolist() if date(2024, 6, 24) <= one <= date(2024, 7, 19)
]
LABELS = [f"{one:%m-%d}" for one in SESSIONS]


def same(one: Panel, other: Panel) -> None:
    """Frame by frame, fact by fact."""
    for name in ("cut", "instant", "series"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("sessions", "months", "bars", "observations", "events", "members"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert (one.stocks is None) == (other.stocks is None)
    if one.stocks is not None and other.stocks is not None:
        key = ["dataset", "symbol", "session"]
        assert one.stocks.collect().sort(key).equals(other.stocks.collect().sort(key))


PRICES = st.lists(st.one_of(st.none(), st.floats(90.0, 110.0)), min_size=len(LABELS), max_size=len(LABELS))


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[dict[str, Part], str]:
    """Facts of every kind as they came day by day, and a cut at a session of the first half or later."""
    cut = draw(st.integers(4, len(LABELS) - 3))
    closes = draw(PRICES)
    closes[2] = closes[cut] = closes[-1] = 100.0
    prices = dict(zip(LABELS, closes, strict=True))
    parts = {
        "a": part(bars("A", prices, "same", adj_close=[one and one / 2 for one in closes], volume=5.0)),
        "t": part(bars("T", dict.fromkeys(LABELS), change=draw(st.lists(st.floats(-0.05, 0.05), min_size=len(LABELS),
                                                                      max_size=len(LABELS))))),
    }  # fmt: skip
    some = st.lists(st.sampled_from(LABELS), max_size=3, unique=True)
    splits = [split("A", one, draw(st.sampled_from([2.0, 0.5, 3.0]))) for one in draw(some)]
    if splits:
        parts["a0"] = part(pl.concat(splits))
    vintages = [("05-01", f"{one} {draw(st.integers(8, 23)):02d}:30", draw(st.floats(1, 9))) for one in draw(some)]
    if vintages:
        parts["m"] = part(observations("M", vintages), frequency="month")
    came = [(draw(st.sampled_from("XYZ")), one, draw(st.sampled_from(["in", "out"]))) for one in draw(some)]
    if came:
        parts["g"] = part(members("sp", came))
    told = [(one, f"{draw(st.sampled_from(LABELS))} 12:30", "meeting", None) for one in draw(some)]
    if told:
        parts["e"] = part(events("FOMC", told))
    listed = [(draw(st.sampled_from(["AAA", "BBB"])), one, draw(st.floats(1, 9))) for one in draw(some)]
    if listed:
        parts["s"] = part(stocks(listed))
    return parts, LABELS[cut]


def known_by(parts: dict[str, Part], cut: str) -> dict[str, Part]:
    """The same parts with only the rows known at the close of the cut."""
    limit = load_sessions(date(2024, 12, 31)).close_of(day(cut))
    kept: dict[str, Part] = {}
    for name, one in parts.items():
        frames = [frame.filter(pl.col("known_at") <= limit) for frame in one.facts.values()]
        if any(len(frame) for frame in frames):
            kept[name] = part(*frames, frequency=one.series[0].frequency if one.series else "session")
    return kept


@settings(max_examples=12, deadline=None)
@given(ledgers())
def test_reading_at_a_cut_never_depends_on_what_was_known_after_it(
    tmp_path_factory: pytest.TempPathFactory, told: tuple[dict[str, Part], str]
) -> None:
    parts, cut = told
    home = tmp_path_factory.mktemp("law")
    pull(home, Told(dict(sorted(known_by(parts, cut).items()))), NOW)
    before = read(home, day(cut))
    # now everything that was known later, and then a pull that restates, witnesses and tells of it
    pull(home, Told({f"{name} later": one for name, one in sorted(parts.items())}), NOW + timedelta(hours=1))
    later = {
        "r": part(bars("A", {cut: 55.0, "07-22": 100.0}, "same")),
        "r2": part(observations("M", [("05-01", "07-22 12:30", 9.9)]), frequency="month"),
        "r3": part(split("A", cut, 7.0, known="07-22 13:30")),
        "r4": part(stocks([("AAA", cut, 77.0)])),
        "r5": part(members("sp", [("W", "07-22", "in")])),
    }
    pull(home, Told(later), NOW + timedelta(days=3))
    after = read(home, day(cut))
    frames = ("sessions", "months", "bars", "observations", "events", "members")
    for name in frames:
        assert getattr(after, name).equals(getattr(before, name)), name
    assert after.series == before.series
    assert (after.cut, after.instant, after.notices) == (before.cut, before.instant, before.notices)


@settings(max_examples=8, deadline=None)
@given(ledgers())
def test_a_panel_cut_short_is_the_panel_read_earlier(
    tmp_path_factory: pytest.TempPathFactory, told: tuple[dict[str, Part], str]
) -> None:
    parts, cut = told
    # the scale of prices stays at the later cut, and announcements are not kept: leave those out
    parts = {name: one for name, one in parts.items() if name not in ("a0", "e")}
    home = tmp_path_factory.mktemp("short")
    pull(home, Told(parts), NOW)
    same(read(home).truncate(day(cut)), read(home, day(cut)))


def test_a_month_s_label_after_the_cut_s_session_stays_inside(tmp_path: Path) -> None:
    monthly = bars("M", dict.fromkeys(["05-31", "06-30"]), change=[0.1, 0.2])
    parts = {"m": part(monthly, frequency="month"), "d": part(bars("D", {"05-31": 1.0, "06-28": 2.0, "07-03": 3.0}))}
    tell(tmp_path, parts)
    panel = read(tmp_path)
    same(panel.truncate(day("06-28")), read(tmp_path, day("06-28")))
    same(panel.truncate(day("06-30")), read(tmp_path, day("06-30")))
    same(panel.truncate(day("06-27")), read(tmp_path, day("06-27")))
    same(panel.truncate(day("07-03")), panel)
    assert panel.truncate(day("07-03")).instant == at("07-03 17:00")  # a half day
    with pytest.raises(DataError, match=r"a panel cut at 1969-12-31: found sessions from 1970-01-02"):
        panel.truncate(date(1969, 12, 31))


def test_a_panel_cut_short_before_1970(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("D", {"1952-05-23": 1.0, "1952-05-24": 2.0, "1952-05-26": 3.0})))
    same(read(tmp_path).truncate(day("1952-05-25")), read(tmp_path, day("1952-05-25")))


def test_a_panel_cut_short_forgets_series_and_events_that_came_later(tmp_path: Path) -> None:
    parts = {
        "a": part(bars("A", {"07-01": 1.0, "07-08": 2.0})),
        "b": part(bars("B", {"07-05": 1.0})),
        "e": part(events("FOMC", [("07-02", "01-02 18:00", "x", None), ("07-05", "01-02 18:00", "x", None)])),
    }
    tell(tmp_path, parts)
    short = read(tmp_path).truncate(day("07-03"))
    assert set(short.series) == {"A"}
    assert short.events["describes"].to_list() == [day("07-02")]
    assert short.fact("A").last == day("07-01")
    assert short.column("A").drop_nulls().to_list() == [1.0]


def test_a_note_tells_nothing_that_was_not_known(tmp_path: Path) -> None:
    """The price close of the later file ends on 10 July; a note that names a later day was not written yet."""
    days = [f"07-{one:02}" for one in (8, 9, 10, 11, 12, 15)]
    whole = bars("A", dict.fromkeys(days, 10.0), adj_close=9.0)
    ended = whole.with_columns(close=pl.when(pl.col("describes") <= day("07-10")).then("close"))
    only = bars("B", dict.fromkeys(days), adj_close=9.0)
    remark = "only the dividend-adjusted price is known: use .total"
    said = {
        "a": part(ended, note=f"price close ends 2024-07-10; from then on {remark}"),
        "b": part(only, note=remark),
        "c": part(bars("C", dict.fromkeys(days, 10.0)), note="on another basis from 2024-07-12 on"),
    }
    tell(tmp_path / "late", said)
    early = {"a": part(whole.filter(pl.col("describes") <= day("07-10"))), "b": said["b"], "c": said["c"]}
    tell(tmp_path / "early", early)
    for cut in days[:3]:
        then, now = (read(tmp_path / home, day(cut)).series for home in ("early", "late"))
        assert then == now, cut
        assert {name: fact.note for name, fact in now.items()} == {"A": "", "B": remark, "C": ""}
    last = read(tmp_path / "late", day("07-15"))
    assert last.fact("A").note == f"price close ends 2024-07-10; from then on {remark}"
    assert last.fact("C").note == "on another basis from 2024-07-12 on"
    for cut in days:
        same(last.truncate(day(cut)), read(tmp_path / "late", day(cut)))
        assert not any(other > f"2024-{cut}" for other in _days(last.truncate(day(cut))))


def _days(panel: Panel) -> list[str]:
    """Every day that the notes of a panel name."""
    return [found for fact in panel.series.values() for found in re.findall(r"\d{4}-\d\d-\d\d", fact.note)]
